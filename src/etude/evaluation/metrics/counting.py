"""Small sums that many measures share: shares, entropies, means that know when they are not defined."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def entropy(counts: ArrayLike) -> float:
    """Bits of the distribution that `counts` (any shape) stand for; NaN when there is nothing to count."""
    weights = np.asarray(counts, np.float64)
    total = weights.sum()
    if not total > 0:
        return math.nan
    shares = weights[weights > 0] / total
    return float(max(0.0, -(shares * np.log2(shares)).sum()))


def conditional_entropy(counts: NDArray[np.float64]) -> float:
    """Bits that remain of the next value once the present one is known; `counts` [present, next]; NaN if none."""
    return max(0.0, entropy(counts) - entropy(counts.sum(axis=1)))


def shares(counts: ArrayLike) -> NDArray[np.float64]:
    """Float64, the shape of `counts`, adding up to 1; all NaN when there is nothing to count."""
    weights = np.asarray(counts, np.float64)
    total = weights.sum()
    return weights / total if total > 0 else np.full(weights.shape, math.nan)


def mean(values: ArrayLike) -> float:
    """The mean; NaN of no values."""
    found = np.asarray(values, np.float64)
    return float(found.mean()) if found.size else math.nan


def spread(values: ArrayLike) -> float:
    """The standard deviation; NaN of fewer than two values."""
    found = np.asarray(values, np.float64)
    return float(found.std()) if found.size > 1 else math.nan


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Pearson's correlation, -1 to 1; NaN where either does not vary."""
    if len(first) < 2 or not first.std() or not second.std():
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])
