"""Whether the averages of many measures differ between two groups of pieces, told together.

Conventions
    A column is float64[pieces], NaN where a measure is not defined. The pieces are divided anew at random, many
    times. A difference counts when it is larger, in units of its spread, than the largest of all measures is in 95
    of 100 divisions: so among many measures together chance is taken for a difference in 1 of 20 cases.
    Source: Westfall and Young, "Resampling-Based Multiple Testing" (Wiley 1993), the step-down left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIVISIONS = 2000
FEW = 3  # pieces with a measure: fewer on a side have no average to speak of
LEVEL = 0.05

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Average:
    """A measure's averages, and the chance that any of all measures is as far apart in the same music."""

    metric: str
    ours: float
    real: float
    chance: float

    @property
    def differs(self) -> bool:
        """Whether chance alone hardly makes such a difference."""
        return self.chance < LEVEL

    def __str__(self) -> str:
        return f"{self.metric.replace('_', ' ')} {self.ours:.2g} (real pieces {self.real:.2g})"


def averages(measured: Mapping[str, Numbers], real: Mapping[str, Numbers], *, seed: int = 0) -> list[Average]:
    """An Average for each measure that is defined often enough on both sides, the least likely first."""
    names = [name for name in measured if name in real and _told(measured[name]) and _told(real[name])]
    if not names:
        return []
    ours = np.array([measured[name] for name in names]).T
    theirs = np.array([real[name] for name in names]).T
    together = np.concatenate([ours, theirs])  # [S + R, M]
    found = _apart(together, np.arange(len(together))[None] < len(ours))[0]
    order = np.random.default_rng(seed).random((DIVISIONS, len(together))).argsort(axis=1)
    largest = np.nanmax(_apart(together, order < len(ours)), axis=1, initial=0.0)
    chances = ((largest[:, None] >= found).sum(axis=0) + 1) / (DIVISIONS + 1)
    rows = zip(names, np.nanmean(ours, axis=0), np.nanmean(theirs, axis=0), chances)
    return sorted((Average(name, *map(float, row)) for name, *row in rows), key=lambda one: one.chance)


def _told(column: Numbers) -> bool:
    return int((~np.isnan(column)).sum()) >= FEW


def _apart(pieces: Numbers, first: NDArray[np.bool_]) -> Numbers:
    """Float64[D, M]: how far averages lie apart, in standard errors, where `first` (bool[D, S + R]) are one group.

    `pieces` is float64[S + R, M]. 0 where all pieces are alike, NaN where a group has no piece with the measure.
    """
    known = ~np.isnan(pieces)
    middle = np.nanmean(pieces, axis=0)
    values = np.where(known, pieces - middle, 0.0)
    chosen = first.astype(np.float64)
    counts = chosen @ known
    others = known.sum(axis=0) - counts
    sums = chosen @ values  # of all together the sum is 0
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.abs(sums / counts + sums / others)
        spread = np.sqrt((values**2).sum(axis=0) / known.sum(axis=0) * (1 / counts + 1 / others))
        out: Numbers = np.where(spread > 0, difference / spread, np.where(np.isnan(difference), np.nan, 0.0))
    return out
