"""Means over seeds with their intervals, and what they say about a difference.

Conventions
    Intervals are Student's t at 95 %, over independent runs. Differences are paired by seed.
    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# t at 97.5 % for 1, 2, 3, ... degrees of freedom; above the last, the normal distribution's 1.96 is near enough
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


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
    half = (_T[count - 2] if count - 2 < len(_T) else 1.96) * spread / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


def paired_over_seeds(values: Sequence[float], reference: Sequence[float]) -> Interval:
    """The Interval of values[i] - reference[i], which share seed i."""
    return over_seeds([value - other for value, other in zip(values, reference, strict=True)])
