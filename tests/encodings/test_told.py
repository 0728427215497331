"""Conditions over any encoding: what is read of music, what a person may write, and what moves with a key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.conditions import KINDS, OPEN, reading
from etude.errors import UsageError
from etude.formats.abc import FORMAT
from etude.score import KEY, Metadata, Score, key_of, transpose
from etude.testing.encoding_laws import check_transposition

HEAD = "X:1\nT:One\nR:jig\nM:6/8\nL:1/8\nK:Edor\n"
A, B = "EGA BAG|FED EFG|", "eBe gfe|dcB AGF|"


def tune(music: str, head: str = HEAD) -> Score:
    score = FORMAT.parse((head + music + "\n").encode())[0].score
    assert score is not None
    return score


@pytest.mark.parametrize(
    ("music", "form"),
    [
        (f"|:{A[:-1]}:|:{B[:-1]}:|", "AABB"),
        (f"{A[:-1]}||{B[:-1]}||", "AB"),
        (f"{A[:-1]}||{B[:-1]}||{A[:-1]}||", "ABA"),
        (f"|:{A[:-1]}:|{B[:-1]}||", "AAB"),
        (f"E3|:{A}[1 EFG E3:|[2 EFG e3|:{B[:-1]}:|", "AABB"),
        (A + B[:-1], "A"),
    ],
)
def test_the_form_is_read_from_signs_and_endings(music: str, form: str) -> None:
    assert reading.form_text(tune(music)) == form
    told = build("abc", conditions="form")
    assert reading.form_text(decode(told, told.encode(tune(music)))) == form


def test_what_is_read_of_a_tune() -> None:
    told: Any = build("abc", conditions=",".join(kind for kind in KINDS if kind not in ("composer", "label")))
    score = tune(f"|:{A[:-1]}:|:{B[:-1]}:|")
    kept = decode(told.inner, told.inner.encode(score))
    read = told.control.read(score, kept)
    assert {kind: read[kind] for kind in ("type", "meter", "key", "mode", "form", "density")} == {
        **{"type": "jig", "meter": "6/8", "key": "Edor", "mode": "dorian", "form": "AABB", "density": "2"}
    }
    assert read["register"] == reading.pitch_name(int(np.sort(score.notes["pitch"])[(len(score) - 1) // 2]))
    assert read["era"] == OPEN


def test_a_key_that_nobody_wrote_is_heard() -> None:
    scale = [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0, 0]
    for tonic in range(60, 72):
        rows = [(240 * at, 240, tonic + step, 80, 0) for at, step in enumerate(scale)]
        assert key_of(Score.of(rows)) == ((7 * (tonic - 60) + 5) % 12 - 5, 0)
    assert key_of(Score.of([(0, 240, 60 + step, 80, 0) for step in range(12)])) is None
    written = Score.of([(0, 240, 60, 80, 0)], keys=np.array([(0, -3, 1)], KEY))
    assert reading.key_text(written) == "Cm"


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        *(("key", "E dorian", "Edor"), ("key", "f#m", "F#m"), ("key", "F#m", "F#m"), ("key", "H", "")),
        *(("meter", "C|", "2/2"), ("meter", "6 / 8", "6/8"), ("meter", "6/7", "")),
        *(("type", "Slipjig", "slip jig"), ("type", "Double Jig", "jig"), ("type", "tango", "")),
        *(("tempo", "119", "113"), ("tempo", "0", ""), ("tempo", "fast", ""), ("tempo", "9000", "")),
        *(("density", "2.2", "2"), ("register", "Bb4", "A#4"), ("register", "69", "A4"), ("register", "low", "D4")),
        *(
            ("register", "C99", ""),
            ("form", "aabb", "AABB"),
            ("mode", "Dorian", "dorian"),
            ("era", "BAROQUE", "baroque"),
        ),
    ],
)
def test_what_a_person_may_write(kind: str, text: str, meant: str) -> None:
    told: Any = build("notes", conditions=kind)
    if meant:
        assert told.control.parse(kind, text) == meant
        assert told.control.meaning(int(told.opening({kind: text})[1, 0])) == (kind, meant)
    else:
        with pytest.raises(UsageError, match="Known: "):
            told.control.parse(kind, text)


def test_key_and_register_move_with_the_music() -> None:
    told: Any = build("abc", conditions="key,mode,register")
    score = tune(f"|:{A[:-1]}:|:{B[:-1]}:|")
    steps = told.encode(score)
    for semitones in (-5, -1, 3, 6):
        moved = told.transpose(steps, semitones)
        np.testing.assert_array_equal(moved, told.encode(transpose(score, semitones)))
        key, mode, register = (told.control.meaning(int(value))[1] for value in moved[1:4, 0])
        assert mode == "dorian"
        assert (key, register) != tuple(told.control.meaning(int(value))[1] for value in steps[[1, 3], 0])


def test_text_grows_in_some_keys_and_what_it_is_told_stays_in_front() -> None:
    told = build("abc-characters", conditions="key,form")
    score = tune(f"|:{A[:-1]}:|")
    check_transposition(told, score, told.encode(score))


def test_a_prompt_is_told_what_it_is_but_for_its_form_and_what_is_asked_for() -> None:
    told: Any = build("abc", conditions="form,key,type")
    score = tune(f"|:{A[:-1]}:|")
    read = [told.control.meaning(int(value))[1] for value in told.prompt(score)[1:4, 0]]
    assert read == [OPEN, "Edor", "jig"]
    asked = told.opening({"form": "AABB", "type": "reel"}, score)
    assert [told.control.meaning(int(value))[1] for value in asked[1:4, 0]] == ["AABB", "Edor", "reel"]
    np.testing.assert_array_equal(asked[4:], told.prompt(score)[4:])


def test_what_guidance_hides_is_the_condition_and_the_header_that_repeats_it() -> None:
    told: Any = build("abc", conditions="type,key")
    steps = told.encode(tune(f"|:{A[:-1]}:|"))
    hidden = steps.copy()
    hidden[:, 0] = told.without(["type"])[hidden[:, 0]]
    assert np.flatnonzero((hidden != steps)[:, 0]).tolist() == [1, 3]  # the control step, and R: of the header
    assert told.control.meaning(int(hidden[1, 0])) == ("type", OPEN)
    assert decode(told, hidden, meta=Metadata()).marks == tuple(
        mark for mark in decode(told, steps).marks if mark.kind != "words"
    )


def test_text_as_it_stands_is_told_nothing() -> None:
    with pytest.raises(UsageError, match="conditions=none"):
        build("abc-characters", raw=True, conditions="key")
    assert build("abc-characters", raw=True, conditions="none").name == "abc-characters"
