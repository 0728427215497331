"""Whatever is drawn under constraints obeys them, in every encoding; what cannot be obeyed is refused before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.encodings import build, decode
from etude.encodings.base import END
from etude.errors import UsageError
from etude.sampling import Constraints, Guard, Sampling, compose, constrained
from etude.sampling.constraints import Constrained, Given, can_close
from etude.sampling.constraints.words import parse_chords, parse_key, parse_range, parse_rhythm, parse_scale
from etude.score import Score
from etude.testing.constraint_laws import check_obeys, check_walk_obeys
from etude.testing.fakes import TableStepper, UniformStepper

ENCODINGS: list[tuple[str, dict[str, Any]]] = [
    ("letters", {}),
    ("chorale", {}),
    ("chorale", {"holds": False}),
    ("notes", {"time": "scored"}),
    ("notes", {}),
    ("notes", {"time": "scored", "resolution": 24, "part": "skyline"}),
    ("notes", {"part": "drums"}),
    ("chords", {"time": "scored"}),
    ("chords", {"slots": 2, "window": 3}),
    ("roll", {"frames": 2}),
    ("performance", {}),
    ("performance", {"part": "skyline"}),
    ("events", {}),
    ("events", {"resolution": 4, "velocities": 1}),
    ("abc", {}),
    ("abc", {"skyline": True, "complete": True}),
]
SCALES = ("", "D dorian", "A minor pentatonic", "G mixolydian", "C D E G A", "F# minor", "Bb blues")
RANGES = ("", "C4-C5", "C3-C6", "G3-D5")
CHORDS = ("", "C Am F G7", "Dm G", "G D Em C G")
RHYTHMS = ("", "1 1 2", "1 1/2 1/2 2", "z1 1 1 1", "1/2 1/2 1")
FORMS = ((8, "AB"), (16, "AABB"), (16, "AA'BB'"), (12, "AAB"), (6, "AA'"), (2, "A"))


@st.composite
def wishes(draw: st.DrawFn) -> Constraints:
    """Constraints of any kind, alone and together."""
    asked: dict[str, Any] = {
        "scale": draw(st.sampled_from(SCALES)),
        "range": draw(st.sampled_from(RANGES)),
        "chords": draw(st.sampled_from(CHORDS)),
        "rhythm": draw(st.sampled_from(RHYTHMS)),
        "polyphony": draw(st.sampled_from((0, 0, 1, 2, 3))),
        "bars": draw(st.sampled_from((0, 1, 2, 3, 4))),
    }
    kept = draw(st.sets(st.sampled_from(sorted(asked)), min_size=1, max_size=4))
    return Constraints(**{name: value for name, value in asked.items() if name in kept})


@pytest.mark.parametrize(("name", "chosen"), ENCODINGS, ids=str)
@given(wanted=wishes(), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=6)
def test_every_walk_obeys(name: str, chosen: dict[str, Any], wanted: Constraints, seed: int) -> None:
    """The models here know nothing at all: their preferences are random numbers."""
    encoding = build(name, **chosen)
    try:
        Constrained(encoding, wanted)
    except UsageError:
        return  # refused beforehand, which is a promise kept
    done = check_walk_obeys(encoding, wanted, seed, cap=4000 if wanted.bars else 60)
    assert not wanted.bars or done is not None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "chosen"), ENCODINGS, ids=str)
@given(wanted=wishes(), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=800)
def test_ten_thousand_walks_obey(name: str, chosen: dict[str, Any], wanted: Constraints, seed: int) -> None:
    """800 a variant of an encoding: more than 10,000 in all."""
    try:
        Constrained(build(name, **chosen), wanted)
    except UsageError:
        return
    done = check_walk_obeys(build(name, **chosen), wanted, seed, cap=6000 if wanted.bars else 200)
    assert not wanted.bars or done is not None


@pytest.mark.parametrize("name", ["notes", "chords"])
def test_drums_close_after_as_many_bars_as_are_asked_for(name: str) -> None:
    for bars in (1, 2, 5):
        encoding = build(name, part="drums")
        assert can_close(encoding)
        made = check_walk_obeys(encoding, Constraints(bars=bars), seed=bars)
        assert made is not None
        assert made.end == bars * 4 * made.tpq


@given(which=st.sampled_from(FORMS), meter=st.sampled_from(("", "6/8", "3/4")), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=5)
def test_a_form_is_written_with_its_signs_and_endings(which: tuple[int, str], meter: str, seed: int) -> None:
    bars, form = which
    for complete in (False, True):
        wanted = Constraints(bars=bars, form=form, meter=meter, key="D")
        assert check_walk_obeys(build("abc", complete=complete), wanted, seed) is not None


@pytest.mark.parametrize(("name", "chosen"), [("chorale", {}), ("abc", {}), ("notes", {"time": "scored"})], ids=str)
def test_what_constraints_cost_is_what_the_model_gave_to_the_rest(name: str, chosen: dict[str, Any]) -> None:
    """The prices of all layers add up to -ln p of what was left, under a model that likes nothing in particular."""
    encoding = build(name, **chosen)
    sizes = [field.size for field in encoding.fields]
    wanted = Constraints(bars=2, scale="C major", range="C3-C6")
    start = np.zeros((1, len(sizes)), np.int32)
    under = constrained(encoding, wanted, start)
    piece = compose(UniformStepper(sizes), under, prompt=start, seed=3)
    check_obeys(piece.score, wanted)
    expected, reader = 0.0, under.reader()
    for at, step in enumerate(piece.steps.tolist()):
        if at:
            expected += sum(np.log(size / reader.allowed(step[:k]).sum()) for k, size in enumerate(sizes))
        reader.feed(step)
    assert sum(piece.paid.values()) == pytest.approx(expected)
    assert set(piece.paid) <= {"grammar", "range", "scale", "ending"}
    assert piece.paid["range"] > 0


def test_without_constraints_nothing_is_paid() -> None:
    letters = build("letters")
    assert compose(UniformStepper((15,)), letters, seed=1).paid == {}


def test_a_melody_in_any_voice_stays_and_the_others_obey() -> None:
    """What was sung is there, note for note, whichever voice sings it; the piece ends with it."""
    chorale = build("chorale")
    tune = [(480 * at, 480, pitch, 80, 0) for at, pitch in enumerate((67, 69, 71, 72, 71, 69, 67, 67))]
    steps = chorale.encode(Score.of(tune))
    moved = steps.copy()
    for voice in range(4):
        body = steps[1:-1, 0] - 2
        moved[1:-1] = [2, 0, 0, 0]
        moved[1:-1, voice] = body + (2 if voice == 0 else 0)
        wanted = Constraints(chords="G D", polyphony=3, range="C3-C5")
        start = np.zeros((1, 4), np.int32)
        under = constrained(chorale, wanted, start, Given(moved, (voice,)))
        piece = compose(UniformStepper([field.size for field in chorale.fields]), under, prompt=start, seed=voice)
        sung = piece.score.notes[piece.score.notes["track"] == voice]
        assert sung["pitch"].tolist() == [row[2] for row in tune]
        assert sung["onset"].tolist() == [row[0] for row in tune]
        assert piece.score.end == 8 * 480
        others = piece.score.replace(notes=piece.score.notes[piece.score.notes["track"] != voice])
        check_obeys(others, Constraints(chords="G D", range="C3-C5"))
        check_obeys(piece.score, Constraints(polyphony=3))


@pytest.mark.parametrize("name", ["letters", "chorale", "notes", "chords", "events", "abc", "roll"])
def test_a_prompt_is_kept_and_what_follows_closes(name: str) -> None:
    """The bar that was begun counts as the first; what was given need not obey."""
    encoding = build(name, **({"time": "scored"} if name in ("notes", "chords") else {}))
    music = Score.of([(480 * at, 480, 61 + at % 5, 80, 0) for at in range(6)])
    prompt = encoding.prompt(music) if name == "abc" else encoding.encode(music)[:-1]
    wanted = Constraints(bars=3, scale="C major", range="C3-C6")
    under = constrained(encoding, wanted, prompt)
    piece = compose(
        TableStepper.random([15], 1)
        if name == "letters"
        else UniformStepper([field.size for field in encoding.fields]),
        under,
        prompt=prompt,
        seed=2,
    )
    bar = 4 * piece.score.tpq
    assert piece.score.end == 4 * bar
    begin = 6 * piece.score.tpq
    added = piece.score.notes[piece.score.notes["onset"] >= begin]
    assert set((added["pitch"] % 12).tolist()) <= {0, 2, 4, 5, 7, 9, 11}
    assert decode(encoding, piece.steps).notes.tolist() == piece.score.notes.tolist()
    assert piece.steps[: len(prompt)].tolist() == prompt.tolist()
    last = added["pitch"][added["onset"].astype(int) + added["duration"] == piece.score.end]
    assert last.min() % 12 == 0


def test_a_guard_and_constraints_hold_together() -> None:
    letters = build("letters")
    wanted = Constraints(bars=4, scale="C major")
    start = np.zeros((1, 1), np.int32)
    guard = Guard(lambda score, begin: "EE" in "".join("CcDdEFfGgAaB"[p % 12] for p in score.notes["pitch"]))
    piece = guard.compose(UniformStepper((15,)), constrained(letters, wanted, start), prompt=start, seed=5)
    check_obeys(piece.score, wanted)
    assert len(piece.steps) == 18  # begin, sixteen letters, end
    assert piece.steps[-1, 0] == END
    assert sum(piece.paid.values()) > 0


def test_another_temperature_or_filter_changes_nothing_of_it() -> None:
    notes = build("notes", time="scored", velocities=1)
    stepper = UniformStepper([field.size for field in notes.fields])
    wanted = Constraints(bars=2, polyphony=2, chords="Am E7")
    for sampling in (Sampling(0.0), Sampling(2.0, top_p=0.5), Sampling(1.0, top_k=3), Sampling(0.8, min_p=0.2)):
        start = np.zeros((1, 4), np.int32)
        piece = compose(stepper, constrained(notes, wanted, start), prompt=start, sampling=sampling, seed=1)
        check_obeys(piece.score, wanted)


@pytest.mark.parametrize(
    ("name", "chosen", "asked", "why"),
    [
        ("abc-characters", {"raw": True}, {"scale": "C major"}, "mistakes included"),
        ("chorale", {}, {"meter": "3/4"}, "no meter"),
        ("notes", {}, {"form": "AABB", "bars": 16}, "no repeat signs"),
        ("roll", {}, {"rhythm": "1 1"}, "repeated note"),
        ("notes", {"part": "drums"}, {"scale": "C major"}, "no pitch"),
        ("letters", {}, {"rhythm": "1/2 1/2"}, "grid"),
        ("letters", {}, {"range": "C2-C3"}, "range"),
        ("chorale", {}, {"scale": "C major", "chords": "F# C"}, "F#"),
        ("notes", {}, {"scale": "C pentatonic", "chords": "C G", "bars": 2}, "close on C"),
        ("abc", {}, {"form": "ABA", "bars": 12}, "cannot be written"),
        ("abc", {}, {"form": "AABB", "bars": 15}, "multiple of 4"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_with_the_reason(name, chosen, asked, why) -> None:
    with pytest.raises(UsageError, match=why):
        Constrained(build(name, **chosen), Constraints(**asked))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((parse_range, text) for text in ("", "C4", "G5-C3", "C4-H5", "0-200")),
        *((parse_scale, text) for text in ("", "major", "C majjor pent", "H minor")),
        *((parse_key, text) for text in ("C blues", "", "X")),
        *((parse_chords, text) for text in ("", "C Hm", "Cfoo")),
        *((parse_rhythm, text) for text in ("", "z1", "1/0", "one", "0")),
    ],
)
def test_what_cannot_be_read_is_refused(read, text: str) -> None:
    with pytest.raises(UsageError):
        read(text)


def test_what_can_be_read_means_what_musicians_mean() -> None:
    assert parse_range("G3-G5") == (55, 79) == parse_range("55..79")
    assert parse_scale("D dorian").classes == parse_scale("C major").classes
    assert parse_key("A minor").classes == parse_scale("A minor").classes | {6, 8}
    assert parse_key("F#m").tonic == 6
    assert [chord.classes for chord in parse_chords("Am | G7")] == [{9, 0, 4}, {7, 11, 2, 5}]
    assert parse_rhythm("1 z1/2 1/2").onsets == (0, 1.5)


def test_decoding_a_constrained_piece_gives_the_same_music() -> None:
    chorale = build("chorale")
    start = np.zeros((1, 4), np.int32)
    under = constrained(chorale, Constraints(bars=2, key="G"), start)
    piece = compose(UniformStepper([field.size for field in chorale.fields]), under, prompt=start, seed=9)
    assert decode(chorale, piece.steps).notes.tolist() == piece.score.notes.tolist()
