"""Accuracy and error in seconds of a model whose distributions are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from etude.encodings.base import Field
from etude.evaluation import Uniform, likelihood, predictions

NAN = math.nan
FIELDS = (Field("pitch", 5, "semitones"), Field("wait", 4, "quarters", (0.0, 1.0, 2.0, 4.0)))


@dataclass
class Fixed:
    """The same two distributions at every step."""

    rows: tuple[tuple[float, ...], ...]

    @property
    def field_sizes(self) -> tuple[int, ...]:
        return tuple(map(len, self.rows))

    def start(self) -> int:
        return 0

    def feed(self, state: int, steps: np.ndarray) -> int:
        return state + len(steps)

    def fork(self, state: int) -> int:
        return state

    def logits(self, state: int, chosen: tuple[int, ...] = ()) -> np.ndarray:
        return np.log(np.array(self.rows[len(chosen)], np.float32))


def test_accuracy_and_median_by_hand() -> None:
    model = Fixed(((0.1, 0.1, 0.5, 0.2, 0.1), (0.3, 0.3, 0.2, 0.2)))
    steps = np.array([[0, 0], [2, 0], [3, 3], [2, 2], [1, 0]], np.int32)
    found = predictions(model, [steps], FIELDS, seconds_per_quarter=0.5)
    # first choice of pitch is 2: right at two of four steps; of wait 0: right at two of four (the end step too)
    assert found.accuracy_per_field == {"pitch": 0.5, "wait": 0.5}
    # the median wait is one quarter (cumulated .3, .6): |1-0| + |1-4| + |1-2| = 5 quarters over three notes
    assert found.mae_seconds_per_field == {"wait": pytest.approx(5 / 3 * 0.5)}
    assert found.steps == 4


def test_values_that_are_no_time_are_left_out() -> None:
    fields = (Field("time", 4, "seconds", (NAN, NAN, 3.0, 1.0)),)
    model = Fixed(((0.9, 0.0999, 0.00004, 0.00006),))
    steps = np.array([[0], [2], [3], [1]], np.int32)
    found = predictions(model, [steps], fields)
    # of the two times 1 s holds three fifths: the median is 1 s; errors 2 and 0
    assert found.mae_seconds_per_field == {"time": pytest.approx(1.0)}
    assert found.accuracy_per_field == {"time": 0.0}


def test_the_limit_is_spread_over_the_pieces() -> None:
    """Of ten pieces of 300 steps, 600 steps are the first 200 of the first, fourth and seventh."""
    model = Fixed(((0.1, 0.1, 0.6, 0.1, 0.1), (0.25,) * 4))
    pieces = [np.full((301, 2), 2 if number in (0, 3) else 3, np.int32) for number in range(10)]
    for piece in pieces:
        piece[0] = 0
        piece[201:] = 2
    found = predictions(model, pieces, FIELDS, limit=600)
    assert found.steps == 600
    assert found.accuracy_per_field["pitch"] == pytest.approx(2 / 3)
    assert predictions(model, pieces, FIELDS, limit=50).steps == 50


def test_they_become_part_of_the_likelihood() -> None:
    steps = np.array([[0, 0], [2, 0], [1, 0]], np.int32)
    model = Uniform((5, 4))
    found = likelihood(model, [steps], notes=1, field_names=("pitch", "wait"))
    assert found.as_json()["accuracy_per_field"] == {"pitch": None, "wait": None}
    whole = predictions(model, [steps], FIELDS).added_to(found)
    assert whole.as_json()["accuracy_per_field"] == {"pitch": 0.0, "wait": 1.0}
    assert whole.as_json()["mae_seconds_per_field"] == {"wait": pytest.approx(0.5)}


def test_without_pieces_nothing_is_known() -> None:
    found = predictions(Uniform((5, 4)), [], FIELDS)
    assert math.isnan(found.accuracy_per_field["pitch"])
    assert found.steps == 0
