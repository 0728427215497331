"""Logistic regression finds the weights that made the labels, and is at ease with what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from etude.evaluation.judging import area_under_curve, calibration_error
from etude.evaluation.logistic import Logistic, sigmoid


def made(seed: int, rows: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    columns = random.normal(0, [1, 5, 1], (rows, 3)) + [0, 100, 0]
    truth = 2 * columns[:, 0] - (columns[:, 1] - 100) / 5
    return columns, random.random(rows) < sigmoid(truth)


def test_it_finds_what_made_the_labels() -> None:
    columns, labels = made(0)
    found = Logistic.fit(columns, labels, ridge=1e-6)
    weights = found.weights[:3] / found.spread
    np.testing.assert_allclose(weights, [2, -0.2, 0], atol=0.15)
    fresh, truth = made(1)
    assert calibration_error(found.chances(fresh), truth) < 0.03
    assert area_under_curve(found.chances(fresh), truth) > 0.85


def test_classes_weigh_the_same_however_rare() -> None:
    labels = np.arange(1000) < 50
    found = Logistic.fit(np.zeros((1000, 1)), labels)
    np.testing.assert_allclose(found.chances(np.zeros((1, 1))), 0.5, atol=1e-6)


def test_missing_values_may_tell_something() -> None:
    random = np.random.default_rng(0)
    labels = random.random(500) < 0.5
    columns = random.normal(0, 1, (500, 2))
    columns[labels & (random.random(500) < 0.8), 1] = np.nan
    found = Logistic.fit(columns, labels)
    assert found.chances(np.array([[0, np.nan]]))[0] > 0.9
    assert found.chances(np.array([[0, 0.0]]))[0] < 0.5


@pytest.mark.parametrize("columns", [np.full((20, 2), np.nan), np.ones((20, 2))])
def test_columns_that_tell_nothing_are_no_trouble(columns: np.ndarray) -> None:
    found = Logistic.fit(columns, np.arange(20) < 10)
    np.testing.assert_allclose(found.chances(columns), 0.5, atol=1e-6)


def test_a_clean_cut_stays_finite() -> None:
    columns = np.arange(20.0)[:, None]
    found = Logistic.fit(columns, np.arange(20) < 10, ridge=1e-3)
    assert np.isfinite(found.weights).all()
    assert (found.chances(columns)[:10] > 0.5).all()
