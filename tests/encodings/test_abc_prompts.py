"""Prompts of the encoding "abc": what is typed keeps its meter, and a finished tune can go on."""

from __future__ import annotations

import pytest

from etude.encodings import build, decode
from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.prompts import likeliest_fifths
from etude.formats import parse_prompt
from etude.formats.abc import FORMAT
from etude.score import Score, notes_from
from etude.testing.fakes import UniformStepper

ENCODING = build("abc")
TUNE = b"X:1\nM:6/8\nL:1/8\nK:G\n|:GAB cde|d3 B3:|\n|:gfe dcB|A3 G3:|\n"


def symbols(score: Score) -> list[tuple[str, object]]:
    return [v.SYMBOLS[int(value)] for value in ENCODING.prompt(score)[1:, 0]]


@pytest.mark.parametrize("text", ["C4", "C4 E4 G4", "CDEF GABc|d"])
def test_an_open_bar_keeps_its_meter(text: str) -> None:
    found = symbols(parse_prompt(text))
    assert [what for kind, what in found if kind == "meter"] == [(4, 4)]
    assert found[-1][0] == "pitch"
    begun = decode(ENCODING, ENCODING.prompt(parse_prompt(text)))
    assert [int(n["pitch"]) for n in begun.notes] == [int(n["pitch"]) for n in parse_prompt(text).notes]


def test_a_finished_tune_can_go_on() -> None:
    from etude.sampling import Length, compose

    tune = FORMAT.parse(TUNE)[0].score
    assert tune is not None
    stepper = UniformStepper(tuple(field.size for field in ENCODING.fields))
    made = compose(stepper, ENCODING, prompt=tune, seed=1, length=Length(bars=3))
    assert made.prompt_end == tune.end
    assert len(made.score) > len(tune)
    assert made.score.notes[: len(tune)]["pitch"].tolist() == tune.notes["pitch"].tolist()


@pytest.mark.parametrize(("pitches", "fifths"), [([60, 64, 67], 0), ([62, 66, 69, 61], 2), ([65, 70, 60, 69], -1)])
def test_the_key_is_guessed_from_the_notes(pitches: list[int], fifths: int) -> None:
    notes = notes_from({"onset": range(len(pitches)), "duration": [1] * len(pitches), "pitch": pitches})
    assert likeliest_fifths(notes) == fifths
