"""The tutorial's figures, from numbers small enough to work out by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from etude.encodings import build
from etude.evaluation.notewise import is_note, notewise, squared_with_pressure


def test_every_figure_is_a_mean_over_notes() -> None:
    fields = build("notes", velocities=1).fields
    steps = np.array([[62, 10, 19, 0], [64, 0, 9, 0]], np.int32)  # waits .1 and 0 s, durations .2 and .1 s
    foretold = SimpleNamespace(
        nats=np.array([[2.0, 1.0, 0.5, 0.0], [4.0, 1.0, 1.5, 0.0]]),
        hits=np.array([[True, False, False, True], [False, False, False, True]]),
        means=np.array([[60.0, 0.2, 0.2, 64.0], [60.0, -0.1, 0.1, 64.0]]),
        medians=np.array([[60.0, 0.1, 0.1, 64.0], [60.0, 0.05, 0.1, 64.0]]),
    )
    found = notewise(foretold, steps, fields)
    assert (found.notes, found.pitch_nats, found.pitch_accuracy) == (2, 3.0, 0.5)
    assert found.step_mae_seconds == pytest.approx(0.025)
    assert found.duration_mae_seconds == pytest.approx(0.05)
    assert found.nats_per_note == pytest.approx(5.0)
    assert found.bits_per_note == pytest.approx(5.0 / math.log(2))
    assert found.nats_per_field == pytest.approx({"pitch": 3.0, "step": 1.0, "duration": 1.0, "velocity": 0.0})
    squares = (0.01 + 0.01) / 2 + 10 * 0.1 / 2
    assert found.weighted_loss == pytest.approx(0.05 * 3.0 + squares)


def test_numbers_below_zero_are_pressed_up() -> None:
    assert squared_with_pressure(np.array([0.5]), np.array([1.0])) == pytest.approx(0.25)
    assert squared_with_pressure(np.array([-0.5]), np.array([0.0])) == pytest.approx(0.25 + 5.0)


def test_only_pitches_are_notes() -> None:
    steps = np.array([[0, 0], [131, 0], [2, 0], [129, 0], [1, 0]], np.int32)
    assert is_note(steps).tolist() == [False, False, True, True, False]
