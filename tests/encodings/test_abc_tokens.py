"""ABC tokens: header, bars, repeats, endings, tuplets, ties and chords of tunes written in code."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.abc.tokens import AbcTokens
from etude.encodings.abc.vocabulary import SYMBOLS, VALUE, spelled
from etude.errors import BadInput, Reason, UsageError
from etude.formats.abc import FORMAT
from etude.score import METER, Mark, Score
from etude.testing.encoding_laws import check_mask_admits, check_round_trip, check_transposition, encoded, walk

ABC = AbcTokens()


def tune(body: str, meter: str = "4/4", key: str = "D", rhythm: str = "reel") -> Score:
    (reading,) = FORMAT.parse(f"X:1\nT:t\nR:{rhythm}\nM:{meter}\nL:1/8\nK:{key}\n{body}\n".encode())
    assert reading.score is not None
    return reading.score


def words(score: Score) -> list[str]:
    steps = ABC.encode(score)
    check_round_trip(ABC, steps)
    check_mask_admits(ABC, steps)
    check_transposition(ABC, score, steps)
    again = decode(ABC, steps)
    names = ["onset", "duration", "pitch"]
    np.testing.assert_array_equal(again.notes[names], score.notes[names])
    return [spelled(value) for value in steps[:, 0]]


def test_a_tune_says_type_meter_key_sections_and_upbeat_first() -> None:
    written = words(tune("A2|defg abcd|defg abc2:|", meter="4/4", key="Edor"))
    assert written[:6] == ["begin", "rhythm reel", "meter (4, 4)", "key (2, 2)", "parts 1", "upbeat 480"]
    assert written[-2:] == ["line :|", "end"]


def test_a_duration_is_named_once_for_all_notes_it_holds_for() -> None:
    written = words(tune("d2ef gabc'|d8|"))
    assert [word for word in written if word.startswith("duration")] == [
        "duration 480",
        "duration 240",
        "duration 1920",
    ]


def test_first_and_second_endings() -> None:
    written = words(tune("|:defg abaf|1 d4 d4:|2 d8|]"))
    at = [word for word in written if word.startswith(("line", "ending"))]
    assert at == ["line |", "ending 1", "line :|", "ending 2"]
    marks = decode(ABC, ABC.encode(tune("|:defg abaf|1 d4 d4:|2 d8|]"))).marks
    assert [(mark.tick, mark.kind, mark.text) for mark in marks if "end" in mark.kind] == [
        (1920, "ending", "1"),
        (3840, "ending", "2"),
        (3840, "ending_end", ""),
        (3840, "repeat_end", "2"),
        (5760, "ending_end", ""),
    ]


def test_triplets_and_stranger_tuplets_keep_every_tick() -> None:
    assert "tuplet (3, 2, 240)" in words(tune("(3def (3gab d2 d2|"))
    assert "tuplet (5, 2, 240)" in words(tune("(5:2:5defga d2 d2 d2|"))
    assert "tuplet (3, 2, 120)" in words(tune("(3d/e/f/ g a2 b2 d2|"))


def test_ties_over_bar_lines_and_odd_lengths_are_holds() -> None:
    written = words(tune("d4 d4-|d2 e6|"))
    assert written[written.index("line |") :][:3] == ["line |", "duration 480", "hold"]
    assert words(tune("d5e3|")).count("hold") == 0
    assert words(tune("d9 e7|", meter="8/4")).count("hold") == 1


def test_chords_are_written_from_the_top() -> None:
    written = words(tune("[dfa]4 [dg]4|"))
    assert written[7:12] == ["pitch 81", "also", "pitch 78", "also", "pitch 74"]


def test_a_bar_cut_by_a_repeat_sign_is_whole_again_behind_it() -> None:
    words(tune("defg ab:|ga|defg abaf|"))


def test_a_bar_of_odd_length_is_a_bar_of_another_meter() -> None:
    written = words(tune("defg abaf|def|defg abaf|"))
    assert [word for word in written if word.startswith("meter")] == [
        "meter (4, 4)",
        "meter (3, 8)",
        "meter (4, 4)",
    ]


def test_keys_change_at_bar_lines() -> None:
    assert "key (1, 0)" in words(tune("defg abaf|[K:G]gabc' d'2e2|"))


@pytest.mark.parametrize(
    ("score", "why"),
    [
        (tune("V:1\nd8|\nV:2\nD8|"), "several voices"),
        (Score.of([(0, 480, 60, 80, 0), (240, 480, 64, 80, 0)]), "Several voices sound at quarter 0.5"),
        (Score.of([(0, 480, 20, 80, 0)]), "no symbol for pitch 20"),
        (Score.of([(0, 480, 60, 80, 0)], meters=np.array([(0, 17, 4)], METER)), "meter 17/4"),
        (Score.of([(0, 477, 60, 80, 0), (477, 3, 61, 80, 0)]), "no plain lengths"),
        (Score.of([(0, 1920, 60, 80, 0)], marks=[Mark(1920, "repeat_end", "3")]), "sounds 3 times"),
    ],
)
def test_what_cannot_be_held_is_refused_by_name(score: Score, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        ABC.encode(score)
    assert caught.value.reason is Reason.NOT_ENCODABLE


def test_the_skyline_setting_takes_the_highest_voice() -> None:
    score = Score.of([(0, 480, 60, 80, 0), (0, 960, 48, 80, 0), (480, 480, 62, 80, 0)])
    encoding = build("abc", skyline=True)
    assert decode(encoding, encoding.encode(score)).notes["pitch"].tolist() == [60, 62]


def test_a_header_is_the_beginning_of_every_tune_of_its_kind() -> None:
    prompt = ABC.header(rhythm="jig", meter="6/8", key="G")
    steps = ABC.encode(tune("d3 e3|f6|", meter="6/8", key="G", rhythm="jig"))
    np.testing.assert_array_equal(prompt, steps[: len(prompt)])
    assert [spelled(value) for value in ABC.header(key="E dorian")[:, 0]][1:] == [
        "rhythm reel",
        "meter (4, 4)",
        "key (2, 2)",
    ]
    assert len(ABC.header()) == 1
    with pytest.raises(UsageError, match="no rhythm 'tango'"):
        ABC.header(rhythm="tango")
    with pytest.raises(UsageError, match="no meter"):
        ABC.header(meter="fast")


def test_the_mask_lets_bars_end_only_when_they_are_full() -> None:
    reader = ABC.reader()
    for value in ABC.header(meter="4/4", key="D", rhythm="reel", parts=1)[:, 0].tolist():
        reader.feed([value])
    for symbol in (("upbeat", 0), ("duration", 480), *[("pitch", 62)] * 3):
        assert not reader.allowed()[VALUE["line", "|"]]
        reader.feed([VALUE[symbol]])  # type: ignore[index]
    assert not reader.allowed()[VALUE["line", "|"]]
    assert not reader.allowed()[VALUE["duration", 960]]
    reader.feed([VALUE["pitch", 64]])
    assert reader.allowed()[VALUE["line", "|"]]
    assert not reader.allowed()[VALUE["pitch", 64]]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_drawn_under_the_mask_has_bars_that_add_up(seed: int) -> None:
    steps = walk(ABC, seed, cap=400)
    full, elapsed, duration = 1920, 0.0, 240
    ratio, left, after_also = 1.0, 0, False
    for value in steps[:, 0].tolist():
        kind, what = SYMBOLS[value]
        if kind == "meter":
            full = 4 * 480 * what[0] // what[1]
        elif kind == "duration":
            duration = what
        elif kind == "tuplet":
            ratio, left = what[1] / what[0], what[0] * what[2]
        elif kind in ("pitch", "rest", "hold") and not after_also:
            elapsed += duration * ratio
            left -= duration
            ratio = ratio if left > 0 else 1.0
        elif kind == "line":
            assert ratio == 1.0, "a bar line inside a tuplet"
            assert elapsed <= full + 1e-6, "a bar is too long"
            elapsed = 0.0
        after_also = kind == "also"


def test_built_in_tunes_are_held(benchmark_data: Path) -> None:
    """A sample of the built-in collections; the share of all is in docs/results.md."""
    held = refused = 0
    for name, every in (("irish-abc", 40), ("folk-abc-pd", 60)):
        with tarfile.open(benchmark_data / f"{name}.tar.xz") as archive:
            files = [member for member in archive.getmembers() if member.name.endswith(".abc")]
            data = [archive.extractfile(member) for member in files[: 60 if len(files) > 1 else 1]]
            readings = [reading for file in data if file for reading in FORMAT.parse(file.read())]
        for reading in readings[::every] if len(readings) > 200 else readings:
            if reading.score is None:
                continue
            steps = encoded(ABC, reading.score)
            if steps is None:
                refused += 1
                continue
            held += 1
            check_round_trip(ABC, steps)
            check_mask_admits(ABC, steps)
    assert held >= 30
    assert held / (held + refused) >= 0.97
