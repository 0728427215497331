"""What people's choices and ratings say: shares with exact intervals, and how far people agree.

Conventions
    A share is of independent choices. Its interval is the exact one: the shares that a test of its own would not
    refuse at 2.5 % on either side.
    Agreement is Krippendorff's alpha: 1 where all say the same, 0 where they agree as often as chance would have
    it, below where less; units that fewer than two people judged do not count.

Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
Biometrika 26 (1934); Krippendorff, "Computing Krippendorff's alpha-reliability" (2011).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scale = Literal["nominal", "ordinal"]
Numbers = NDArray[np.float64]
HALVINGS = 60  # of the interval in which a limit is looked for


@dataclass(frozen=True)
class Share:
    """`wins` of `choices`, with the 95 % interval of the share; all NaN without choices."""

    wins: int
    choices: int
    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """ "preferred", "not preferred", or "no evidence" where the interval holds one half."""
        if not self.choices or self.low <= 0.5 <= self.high:
            return "no evidence"
        return "preferred" if self.low > 0.5 else "not preferred"


def share(wins: int, choices: int) -> Share:
    """The Share of `wins` among `choices`."""
    if not choices:
        return Share(0, 0, math.nan, math.nan, math.nan)
    low = _crossing(lambda p: _at_least(wins, choices, p) > 0.025) if wins else 0.0
    high = _crossing(lambda p: _at_least(wins + 1, choices, p) > 0.975) if wins < choices else 1.0
    return Share(wins, choices, wins / choices, low, high)


def _at_least(wins: int, choices: int, p: float) -> float:
    """The chance of `wins` or more among `choices` of chance `p` each, 0 < p < 1."""
    won, lost = math.log(p), math.log1p(-p)
    return math.fsum(
        math.exp(_log_ways(k, choices) + k * won + (choices - k) * lost) for k in range(wins, choices + 1)
    )


def _log_ways(wins: int, choices: int) -> float:
    """The logarithm of how many ways there are to win so often: as numbers they grow too large."""
    return math.lgamma(choices + 1) - math.lgamma(wins + 1) - math.lgamma(choices - wins + 1)


def _crossing(above: Callable[[float], bool]) -> float:
    """Where `above`, false at 0 and true at 1, becomes true."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if above(middle) else (middle, high)
    return (low + high) / 2


def agreement(judged: Sequence[Sequence[float | None]], scale: Scale) -> float:
    """Krippendorff's alpha of judged[rater][unit], None where a rater did not judge it.

    NaN where no unit has two judgements, or all judgements are the same: then nothing can be told.
    """
    units = [[one for one in unit if one is not None] for unit in zip(*judged, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = sorted({one for unit in units for one in unit})
    if len(values) < 2:
        return math.nan
    pairs = _coincidences(units, values)
    counts = pairs.sum(axis=1)
    apart = _apart(counts, scale)
    expected = (np.outer(counts, counts) * apart).sum() / (counts.sum() - 1)
    return float(1 - (pairs * apart).sum() / expected)


def _coincidences(units: Sequence[Sequence[float]], values: Sequence[float]) -> Numbers:
    """Float64[V, V]: how often two people gave one unit this value and that one, each unit weighing its people."""
    found = np.zeros((len(values), len(values)))
    for unit in units:
        counts = np.array([unit.count(value) for value in values], np.float64)
        found += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return found


def _apart(counts: Numbers, scale: Scale) -> Numbers:
    """Float64[V, V]: the squared distance of two values; of ranks where the scale has an order."""
    if scale == "nominal":
        return 1.0 - np.eye(len(counts))
    middles = np.cumsum(counts) - counts / 2
    return np.asarray((middles[:, None] - middles[None, :]) ** 2, np.float64)
