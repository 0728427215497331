"""A guard refuses, draws again and keeps what was fine; without cause it changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.errors import UsageError
from etude.evaluation import Passages, longest_copied
from etude.sampling import Guard, Length, Sampling, compose
from etude.sampling.guard import TRIES
from etude.score import Score
from etude.testing.fakes import ByHeart, TableStepper

ENCODING = build("letters")
TUNE = Score.of(
    [(480 * i, 480, 60 + p, 80, 0) for i, p in enumerate((0, 4, 2, 5, 9, 7, 0, 5, 4, 11, 9, 2, 7, 0, 9, 4) * 2)]
)


def remembers(sure: float) -> ByHeart:
    """A model that learned one tune by heart, `sure` nats above the rest."""
    return ByHeart(ENCODING.encode(TUNE)[1:-1], [field.size for field in ENCODING.fields], sure)


def refusing(notes: int) -> tuple[Guard, Passages]:
    passages = Passages.of([TUNE])
    return Guard(lambda score, begin: longest_copied(score, passages, begin) > notes, "copies"), passages


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("notes", [5, 9])
def test_no_passage_is_longer_than_asked_for(temperature: float, notes: int) -> None:
    guard, passages = refusing(notes)
    asked = {"sampling": Sampling(temperature=temperature), "seed": 5, "length": Length(bars=20)}
    free = compose(remembers(4.0), ENCODING, **asked)
    kept = guard.compose(remembers(4.0), ENCODING, **asked)
    assert longest_copied(free.score, passages) > 2 * notes
    assert longest_copied(kept.score, passages) == notes  # as long as it may be, for it wants to copy
    assert kept.score.end == free.score.end
    assert guard.compose(remembers(4.0), ENCODING, **asked).steps.tolist() == kept.steps.tolist()


def test_the_likelihood_is_that_of_all_drawn_steps() -> None:
    guard, _ = refusing(6)
    model = remembers(2.0)
    made = guard.compose(model, ENCODING, seed=1, length=Length(steps=60))
    assert len(made.steps) == 61
    expected = 0.0
    for at in range(1, len(made.steps)):
        logits = model.logits(at).astype(float)
        expected += logits[made.steps[at, 0]] - np.log(np.exp(logits).sum())
    assert made.log_likelihood == pytest.approx(expected)
    assert decode(ENCODING, made.steps).notes.tolist() == made.score.notes.tolist()


def test_what_is_not_refused_is_what_compose_makes() -> None:
    asked = {"prompt": TUNE, "seed": 3, "length": Length(bars=4)}
    model = TableStepper.random((15,))
    one, other = compose(model, ENCODING, **asked), refusing(30)[0].compose(model, ENCODING, **asked)
    assert one.steps.tolist() == other.steps.tolist()
    assert one.log_likelihood == other.log_likelihood
    assert one.prompt_end == other.prompt_end == TUNE.end


def test_what_is_always_refused_is_given_up() -> None:
    looks = []
    guard = Guard(lambda score, begin: bool(looks.append(len(score))) or len(score) > 3, "a fourth note")
    with pytest.raises(UsageError, match=f"a fourth note was found in {TRIES}"):
        guard.compose(remembers(1.0), ENCODING, length=Length(steps=8))
    assert max(looks) <= 8
    with pytest.raises(UsageError, match="a fourth note"):
        guard.compose(remembers(1.0), ENCODING, prompt=TUNE, length=Length(steps=8))
