"""Means over seeds with their intervals, and what they say about a difference.

Conventions
    Intervals are Student's t at 95 %, over independent runs. Differences are paired by seed.
    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from etude.evaluation.student import critical


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval over `count` values; NaN bounds for a single value."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} ± {(self.high - self.low) / 2:.3f}"

    @property
    def verdict(self) -> str:
        """Of a difference: "lower", "higher", or "no evidence" where the interval holds zero or is not known."""
        if math.isnan(self.low) or self.low <= 0 <= self.high:
            return "no evidence"
        return "lower" if self.high < 0 else "higher"


def over_seeds(values: Sequence[float]) -> Interval:
    """The Interval of independent values, one a seed."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Interval(mean, math.nan, math.nan, count)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = critical(0.05, count - 1) * spread / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


def paired_over_seeds(values: Sequence[float], reference: Sequence[float]) -> Interval:
    """The Interval of values[i] - reference[i], which share seed i."""
    return over_seeds([value - other for value, other in zip(values, reference, strict=True)])
