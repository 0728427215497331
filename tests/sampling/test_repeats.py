"""A model that loops comes down to the rate it should repeat at; typical sampling by hand; calibration."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.encodings import build
from etude.encodings.base import decode
from etude.errors import UsageError
from etude.evaluation import repeat_rate
from etude.lab.calibrating import Bench, Beside, search
from etude.lab.loading import Loaded
from etude.sampling import Constraints, Length, NoteFields, Sampling, compose, constrained
from etude.sampling.draw import filtered
from etude.sampling.repeats import Line
from etude.score import Event, Score
from etude.testing.constraint_laws import check_obeys
from etude.testing.encoding_laws import walk
from etude.testing.fakes import ByHeart, UniformStepper

PITCHES = (60, 64, 62, 65, 69, 67, 60, 65, 64, 71)


def loops(encoding: Any) -> ByHeart:
    """A model that plays one short tune round and round, taken from its middle, where a note stands before each."""
    tune = Score.of([(480 * at, 480, pitch, 80, 0) for at, pitch in enumerate(PITCHES * 3)])
    passage = encoding.encode(tune)[1 + len(PITCHES) : 1 + 2 * len(PITCHES)]
    return ByHeart(passage, [field.size for field in encoding.fields], 9.0)


CASES = [
    ("letters", {}),
    ("notes", {"time": "scored", "velocities": 1}),
    ("chords", {"time": "scored", "slots": 1}),
]


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("name", ["letters", "abc", "performance", "notes", "events"])
def test_what_a_field_says_of_its_notes_is_what_is_heard(name: str, seed: int) -> None:
    encoding = build(name)
    steps = walk(encoding, seed, 120)
    tables = [field.notes for field in encoding.fields]
    told = [table[value] for step in steps for table, value in zip(tables, step) if table is not None]
    heard = decode(encoding, steps).notes["pitch"]
    assert sorted(one for one in told if not math.isnan(one)) == sorted(heard.tolist())


@pytest.mark.parametrize(("name", "chosen"), CASES, ids=str)
@pytest.mark.parametrize("wanted", [0.0, 0.17, 0.5])
def test_a_loop_comes_within_a_twentieth_of_the_rate_asked_for(name: str, chosen: dict, wanted: float) -> None:
    encoding = build(name, **chosen)
    asked = {"seed": 4, "length": Length(steps=300)}
    free = compose(loops(encoding), encoding, **asked)
    held = compose(loops(encoding), encoding, sampling=Sampling(repeat_rate=wanted), **asked)
    assert repeat_rate(free.score) > 0.75
    assert abs(repeat_rate(held.score) - wanted) < 0.05
    assert compose(loops(encoding), encoding, sampling=Sampling(repeat_rate=wanted), **asked).score == held.score


def test_constraints_hold_where_repetition_is_held_down() -> None:
    notes = build("notes", time="scored", velocities=1)
    start = np.zeros((1, 4), np.int32)
    wanted = Constraints(bars=12, scale="C major", range="C4-C5")
    under = constrained(notes, wanted, start)
    piece = compose(loops(notes), under, prompt=start, sampling=Sampling(repeat_rate=0.2), seed=1)
    check_obeys(piece.score, wanted)
    assert repeat_rate(piece.score) < 0.3


def test_what_does_not_repeat_is_drawn_as_ever() -> None:
    notes = build("notes")
    model = UniformStepper([field.size for field in notes.fields])
    plain = compose(model, notes, seed=1, length=Length(steps=60))
    watched = compose(model, notes, seed=1, length=Length(steps=60), sampling=Sampling(repeat_rate=0.1))
    assert plain.steps.tolist() == watched.steps.tolist()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(60, 63)), min_size=1, max_size=60))
@settings(deadline=None, max_examples=30)
def test_the_line_counts_as_the_measure_does(rows: list[tuple[int, int]]) -> None:
    """While a piece grows, the rate is that of the Score of all notes but the last onset's."""
    onsets = np.cumsum([wait for wait, _ in rows]).tolist()
    notes = sorted({(onset, pitch) for onset, (_, pitch) in zip(onsets, rows)})
    line = Line(4)
    line.hear(Event(onset, "on", 0, pitch, 80) for onset, pitch in notes)
    before = Score.of([(onset, 1, pitch, 80, 0) for onset, pitch in notes if onset < notes[-1][0]])
    measured = repeat_rate(before, 4)
    assert line.rate == pytest.approx(0.0 if np.isnan(measured) else measured)


def test_repetition_cannot_be_counted_where_notes_cannot_be_told() -> None:
    text = build("abc-characters")
    assert not NoteFields(text)
    with pytest.raises(UsageError, match="which of its values are notes"):
        compose(UniformStepper([98]), text, sampling=Sampling(repeat_rate=0.2))


def test_typical_keeps_what_is_as_surprising_as_usual() -> None:
    """By hand: p = 0.5, 0.25, 0.125, 0.125 has 1.75 bits; surprises 1, 2, 3, 3; nearest are 2, then 1, then 3."""
    weights = np.array([1.0, 0.5, 0.25, 0.25])
    assert filtered(weights, Sampling(typical=0.2)).tolist() == [0, 0.5, 0, 0]
    assert filtered(weights, Sampling(typical=0.7)).tolist() == [1, 0.5, 0, 0]
    assert filtered(weights, Sampling(typical=0.8)).tolist() == [1, 0.5, 0.25, 0.25]
    assert filtered(weights, Sampling()).tolist() == weights.tolist()


@pytest.mark.parametrize("values", [{"typical": 0.0}, {"typical": 1.5}, {"repeat_rate": -0.1}, {"repeat_notes": 1}])
def test_settings_that_mean_nothing_are_refused(values: dict) -> None:
    with pytest.raises(UsageError):
        Sampling(**values)


def test_calibration_finds_the_settings_that_match() -> None:
    """The pieces to be like repeat little and wander; the model loops: what is kept repeats as they do."""
    letters = build("letters")
    random = np.random.default_rng(1)
    real = []
    for _ in range(12):
        line = random.choice(PITCHES, 60)
        line[40:52] = line[20:32]  # a phrase comes back
        real.append(Score.of([(480 * at, 480, int(pitch), 80, 0) for at, pitch in enumerate(line)]))
    loaded = Loaded("loop", "", loops(letters), letters, Sampling(), {"longest_steps": 60})
    found = search(Bench(loaded, real, pieces=4, seed=1), lambda done, total: None)
    assert found.settings["repeat_rate"] < 1
    repeated = found.measured["repeat_rate"]
    assert abs(repeated.samples - repeated.reference) < 0.05
    assert found.away == min(away for _, away in found.tried)
    again = Bench(replace(loaded, sampling=Sampling()), real, 4, 1).measured(found.settings)
    assert again["repeat_rate"].samples == repeated.samples


def test_samples_that_have_no_measure_at_all_are_the_furthest_off() -> None:
    assert Beside(math.nan, 0.4, 0.1).away == math.inf
    assert Beside(math.nan, 0.4, 0.1).answer() == {"samples": None, "reference": 0.4}
    assert Beside(0.3, math.nan, math.nan).away == 0  # real pieces say nothing either
    assert Beside(0.3, 0.4, 0.1).away == pytest.approx(1)
