"""Chance is rarely taken for an effect, and a planted effect is found as often as the power says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from etude.evaluation.effects import Effect, Power, effects
from etude.evaluation.student import critical, two_sided

STUDIES = 1000


@pytest.mark.parametrize(
    ("chance", "freedom", "value"), [(0.05, 1, 12.706), (0.05, 4, 2.776), (0.05, 30, 2.042), (0.01, 7, 3.499)]
)
def test_quantiles_are_those_of_the_tables(chance: float, freedom: int, value: float) -> None:
    assert critical(chance, freedom) == pytest.approx(value, abs=5e-4)
    assert float(two_sided(-value, freedom)) == pytest.approx(chance, rel=1e-3)


def study(random: np.random.Generator, shape: tuple[int, int], spreads: NDArray[np.float64], planted: float
          ) -> list[Effect]:  # fmt: skip
    """One simulated study: hard and easy seeds for all, noise of each run, an effect on the first arm alone."""
    seeds, arms = shape
    runs = 3.0 + 0.2 * random.standard_normal((seeds, 1)) + spreads * random.standard_normal((seeds, arms + 1))
    runs[:, 1] += planted * math.hypot(spreads[0], spreads[1]) / math.sqrt(seeds)
    return effects(list(runs[:, 1:].T), runs[:, 0])


def most(share: float) -> float:
    """The 99.9th of a hundred of shares of so many studies that chance gives."""
    return share + 3.1 * math.sqrt(share * (1 - share) / STUDIES)


@pytest.mark.parametrize("shape", [(2, 3), (3, 6), (5, 4)])
@pytest.mark.parametrize("wild", ["none", "one arm", "the baseline"])
def test_a_study_of_placebos_rarely_raises_an_alarm(shape: tuple[int, int], wild: str) -> None:
    spreads = np.full(shape[1] + 1, 0.02)
    if wild != "none":
        spreads[1 if wild == "one arm" else 0] *= 5
    random = np.random.default_rng(7)
    alarms = sum(
        any(one.direction != "no evidence" for one in study(random, shape, spreads, 0)) for _ in range(STUDIES)
    )
    assert alarms / STUDIES <= most(0.05)


@pytest.mark.parametrize("shape", [(3, 1), (3, 6), (5, 4)])
@pytest.mark.parametrize("planted", [2.0, -6.0])
def test_a_planted_effect_is_found_as_often_as_the_power_says(shape: tuple[int, int], planted: float) -> None:
    spreads = np.full(shape[1] + 1, 0.02)
    random = np.random.default_rng(11)
    found = [study(random, shape, spreads, planted)[0].direction for _ in range(STUDIES)]
    told = Power(*shape)(abs(planted))
    share = sum(direction != "no evidence" for direction in found) / STUDIES
    assert abs(share - told) <= 3.3 * math.sqrt(told * (1 - told) / STUDIES) + 0.004
    assert found.count("higher" if planted > 0 else "lower") >= 0.97 * share * STUDIES


def test_the_power_of_one_comparison_is_that_of_the_paired_t_test() -> None:
    """Noncentral t, 4 degrees of freedom, noncentrality 2: 0.3465 of two-sided tests at 0.05 find it."""
    random = np.random.default_rng(3)
    drawn = (2 + random.standard_normal(400_000)) / np.sqrt(random.chisquare(4, 400_000) / 4)
    assert Power(5, 1)(2.0) == pytest.approx(float((np.abs(drawn) > 2.776).mean()), abs=0.012)
    assert Power(5, 1)(0.0) == pytest.approx(0.05, abs=0.005)
    assert Power(5, 1)(Power(5, 1).needed) == pytest.approx(0.8, abs=0.005)
    assert Power(1, 4)(99.0) == 0.0


def test_what_cannot_be_told_is_no_evidence() -> None:
    missing = [np.nan, np.nan, np.nan]
    one, none, some, same = effects([[1.0, np.nan, np.nan], missing, [1.1, 1.2, np.nan], [1.5, 1.7, 1.6]],
                                    [1.5, 1.7, 1.6])  # fmt: skip
    assert (one.pairs, one.mean, one.direction) == (1, -0.5, "no evidence")
    assert (none.pairs, none.direction) == (0, "no evidence")
    assert math.isnan(none.mean)
    assert some.pairs == 2
    assert same.mean == 0
    assert same.direction == "no evidence"  # the other arms show that seeds matter


def test_what_no_seed_changes_needs_no_interval() -> None:
    lower, same = effects([[1.0, 1.0], [1.5, 1.5]], [1.5, 1.5])
    assert (lower.low, lower.high, lower.direction) == (-0.5, -0.5, "lower")
    assert same.direction == "the same"
