"""Student's t distribution for whole degrees of freedom: its tails and its quantiles.

Source: Student, "The probable error of a mean", Biometrika 6 (1908); the finite sums: Abramowitz and Stegun,
"Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray


def two_sided(values: ArrayLike, freedom: int) -> NDArray[np.float64]:
    """The chance that |t| with `freedom` >= 1 degrees of freedom exceeds |value|, for each value; 0 at infinity."""
    angle = np.arctan(np.abs(np.asarray(values, np.float64)) / math.sqrt(freedom))
    sine, squared = np.sin(angle), np.cos(angle) ** 2
    odd = freedom % 2
    term = np.cos(angle) if odd else np.ones_like(angle)
    total = np.zeros_like(angle)
    for step in range(freedom // 2):
        if step:
            term = term * squared * (2 * step - 1 + odd) / (2 * step + odd)
        total = total + term
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return np.asarray(np.clip(1 - inside, 0.0, 1.0), np.float64)


@lru_cache(maxsize=256)
def critical(chance: float, freedom: int) -> float:
    """The t that |t| exceeds with this chance (0 < chance < 1): 2.776 for 0.05 and 4 degrees of freedom."""
    low, high = 0.0, 1.0
    while float(two_sided(high, freedom)) > chance:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if float(two_sided(middle, freedom)) > chance else (low, middle)
    return high
