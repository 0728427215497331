"""Guidance: a Stepper like any other, the model itself at strength 1, the formula of the papers at others."""

from __future__ import annotations

import numpy as np
import pytest

from etude.errors import UsageError
from etude.sampling import Guided
from etude.testing.fakes import TableStepper, random_piece
from etude.testing.stepper_laws import check_stepper

SIZES = (10, 7)
WITHOUT = np.array([0, 1, 2, 3, 4, 5, 6, 7, 7, 7], np.int32)  # 8 and 9 tell something that 7 leaves open


def log_softmax(logits: np.ndarray) -> np.ndarray:
    scores = logits.astype(np.float64)
    return scores - np.logaddexp.reduce(scores)


@pytest.fixture
def model() -> TableStepper:
    return TableStepper.random(SIZES)


@pytest.mark.parametrize("strength", [0.0, 0.7, 1.0, 3.0])
def test_it_keeps_the_laws_of_steppers(model: TableStepper, strength: float) -> None:
    check_stepper(Guided(model, WITHOUT, strength), random_piece(SIZES), cut=7)


def test_strength_one_is_the_model_itself_bit_by_bit(model: TableStepper) -> None:
    guided = Guided(model, WITHOUT, 1.0)
    steps = random_piece(SIZES)
    for end in range(1, len(steps)):
        for chosen in ((), (3,), (8,)):
            ours = guided.logits(guided.feed(guided.start(), steps[:end]), chosen)
            plain = model.logits(model.feed(model.start(), steps[:end]), chosen)
            assert ours.tobytes() == plain.tobytes()


def test_other_strengths_move_away_from_the_open_model(model: TableStepper) -> None:
    told, left_open = np.array([[8, 0]], np.int32), np.array([[7, 0]], np.int32)
    likely = log_softmax(model.logits(model.feed(model.start(), told)))
    usual = log_softmax(model.logits(model.feed(model.start(), left_open)))
    assert np.abs(likely - usual).max() > 0.1
    for strength in (0.0, 0.5, 2.0, 4.0):
        guided = Guided(model, WITHOUT, strength)
        found = guided.logits(guided.feed(guided.start(), told))
        wanted = log_softmax(usual + strength * (likely - usual))
        np.testing.assert_allclose(log_softmax(found), wanted, atol=1e-5)
    nothing = Guided(model, WITHOUT, 0.0)
    state = nothing.feed(nothing.start(), told)
    np.testing.assert_allclose(
        log_softmax(nothing.logits(state, (8,))),
        log_softmax(model.logits(model.feed(model.start(), left_open), (7,))),
        atol=1e-5,
    )


def test_what_the_model_forbids_stays_forbidden() -> None:
    tables = [np.zeros((2, 3), np.float32)]
    tables[0][1, 0], tables[0][0, 1] = -np.inf, -np.inf
    guided = Guided(TableStepper(tables), np.array([0, 0, 2], np.int32), 2.0)
    scores = guided.logits(guided.feed(guided.start(), np.array([[1]], np.int32)))
    assert scores[0] == -np.inf
    assert np.isfinite(scores[1:]).all()


@pytest.mark.parametrize("strength", [-0.1, 11.0, float("nan")])
def test_a_strength_that_is_none_is_refused(model: TableStepper, strength: float) -> None:
    with pytest.raises(UsageError):
        Guided(model, WITHOUT, strength)
