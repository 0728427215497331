"""Shares and agreement against figures that others printed."""

from __future__ import annotations

import math

import pytest

from etude.evaluation.choices import agreement, share

# Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), example C: four observers, twelve units
N = None
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3),
    (N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N),
)


@pytest.mark.parametrize(
    ("wins", "choices", "low", "high"),
    [
        (15, 20, 0.50895, 0.91343),
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        (5, 10, 0.18709, 0.81291),
        (1, 1, 0.025, 1.0),
    ],
)
def test_intervals_are_the_exact_ones(wins: int, choices: int, low: float, high: float) -> None:
    found = share(wins, choices)
    assert found.value == wins / choices
    assert (found.low, found.high) == (pytest.approx(low, abs=2e-5), pytest.approx(high, abs=2e-5))


def test_many_choices_come_near_the_normal_distribution() -> None:
    found = share(2000, 4000)
    half = 1.96 * 0.5 / math.sqrt(4000)
    assert (found.low, found.high) == (pytest.approx(0.5 - half, abs=3e-4), pytest.approx(0.5 + half, abs=3e-4))


def test_sides_are_alike_and_nothing_is_nothing() -> None:
    for wins in range(12):
        one, other = share(wins, 11), share(11 - wins, 11)
        assert (one.low, one.high) == (pytest.approx(1 - other.high), pytest.approx(1 - other.low))
    assert math.isnan(share(0, 0).value)
    assert [share(*one).verdict for one in ((15, 20), (5, 20), (14, 20), (0, 0))] == [
        *("preferred", "not preferred", "no evidence", "no evidence"),
    ]


def test_alpha_is_that_of_the_paper() -> None:
    assert agreement(OBSERVERS, "nominal") == pytest.approx(0.743, abs=5e-4)
    assert agreement(OBSERVERS, "ordinal") == pytest.approx(0.815, abs=5e-4)


def test_alpha_of_what_tells_nothing() -> None:
    assert math.isnan(agreement([[1, 2, 3]], "nominal"))  # one person
    assert math.isnan(agreement([[1, 1], [1, 1]], "ordinal"))  # nothing ever differs
    assert math.isnan(agreement([[1, None], [None, 2]], "nominal"))  # nothing judged twice
    assert agreement([[1, 2], [1, 2]], "nominal") == 1
    assert agreement([[1, 2], [2, 1]], "nominal") < 0
