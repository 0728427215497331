"""Averages of many measures told together: few false alarms, planted differences found."""

from __future__ import annotations

import numpy as np
import pytest

from etude.evaluation.averages import averages

NAMES = [f"measure {number}" for number in range(30)]


def columns(rng: np.random.Generator, pieces: int) -> dict[str, np.ndarray]:
    """Measures that hang together, shares of nothing or all among them, some of them not defined everywhere."""
    common = rng.normal(size=pieces)
    out = {name: common + rng.normal(size=pieces) for name in NAMES}
    out["share"] = (rng.random(pieces) < 0.3).astype(float)
    out["constant"] = np.full(pieces, 7.0)
    out["rare"] = np.where(rng.random(pieces) < 0.7, np.nan, rng.normal(size=pieces))
    return out


def test_two_groups_of_the_same_music_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(1)
    alarms = sum(any(one.differs for one in averages(columns(rng, 8), columns(rng, 60))) for _ in range(100))
    assert alarms <= 12  # 5 expected; more in 1 of 1,000 repetitions


@pytest.mark.parametrize("move", [2.5, -2.5])
def test_a_moved_measure_is_named_first_with_both_averages(move: float) -> None:
    rng = np.random.default_rng(2)
    ours, real = columns(rng, 20), columns(rng, 100)
    ours["measure 3"] = ours["measure 3"] + move
    first, *others = averages(ours, real)
    assert first.metric == "measure 3"
    assert first.differs
    assert not any(one.differs for one in others)
    assert first.ours == pytest.approx(ours["measure 3"].mean())
    assert first.real == pytest.approx(real["measure 3"].mean())


def test_what_is_hardly_defined_is_left_out() -> None:
    ours, real = {"a": np.array([1.0, np.nan, np.nan, 2.0])}, {"a": np.ones(9), "b": np.ones(9)}
    assert averages(ours, real) == []


def test_the_chance_is_that_of_a_rank_test_where_everything_is_apart() -> None:
    """4 and 4 pieces wholly apart: 2 of the 70 divisions are as far apart, so about 2 / 70."""
    (one,) = averages({"a": np.arange(4.0)}, {"a": np.arange(100.0, 104.0)})
    assert one.chance == pytest.approx(2 / 70, abs=0.012)
