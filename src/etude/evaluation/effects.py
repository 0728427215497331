"""Several arms held against one baseline over the same seeds: effects, intervals that hold together, power.

Conventions
    Columns are paired: row i of every arm and of the baseline has seed i; NaN where a run has no figure. An effect
    is the mean of (arm - baseline) over the seeds that both have.
    Three seeds tell little of one arm's spread, and a spread shared by all arms is wrong when one arm is wild. So
    an arm's variance is its own or the mean of all, whichever is larger, and the degrees of freedom are those of
    the mean: sum(n - 1) / (1 + (k - 1) / 4), as k differences to one baseline are correlated by 1/2 and no mean
    of k independent ones (Satterthwaite, "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2, 1946).
    k comparisons are made at a level of 0.05 / k each (Bonferroni): among placebos alone, a study raises a false
    alarm in 1 of 20 cases at most. The intervals are of that level too, so interval and verdict cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.evaluation.student import critical, two_sided

LEVEL = 0.05
STUDIES = 20_000  # simulated for a power

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """Arm minus baseline: NaN where no seed is shared, NaN bounds for a single one."""

    mean: float
    low: float  # of the interval that holds for all comparisons together
    high: float
    standard_error: float
    chance: float  # of a difference as large where there is none, corrected for all comparisons
    pairs: int

    @property
    def direction(self) -> str:
        """ "lower", "higher", "the same" where every seed gave the same figure, or "no evidence"."""
        if self.pairs and self.mean == 0 and self.standard_error == 0:
            return "the same"
        if math.isnan(self.low) or self.low <= 0 <= self.high:
            return "no evidence"
        return "lower" if self.high < 0 else "higher"


def effects(arms: Sequence[ArrayLike], baseline: ArrayLike) -> list[Effect]:
    """An Effect for each arm (float64[seeds]) against the baseline (float64[seeds])."""
    reference = np.asarray(baseline, np.float64)
    gaps = [np.asarray(arm, np.float64) - reference for arm in arms]
    return effects_of_gaps([gap[~np.isnan(gap)] for gap in gaps])


def effects_of_gaps(gaps: Sequence[Numbers]) -> list[Effect]:
    """An Effect for each list of paired differences that are known."""
    spread = [float(gap.var(ddof=1)) if len(gap) > 1 else math.nan for gap in gaps]
    known = [(len(gap) - 1, one) for gap, one in zip(gaps, spread) if len(gap) > 1]
    if not known:
        return [_untold(gap) for gap in gaps]
    counts, variances = zip(*known)
    shared = float(np.average(variances, weights=counts))
    freedom = degrees(sum(counts), len(known))
    return [_effect(gap, own, shared, (freedom, len(known))) for gap, own in zip(gaps, spread)]


def degrees(pairs: int, comparisons: int) -> int:
    """Degrees of freedom of the shared variance of `comparisons` arms with sum(n - 1) = `pairs`; at least 1."""
    return max(1, int(pairs / (1 + (comparisons - 1) / 4)))


def _untold(gap: Numbers) -> Effect:
    mean = float(gap.mean()) if len(gap) else math.nan
    return Effect(mean, math.nan, math.nan, math.nan, math.nan, len(gap))


def _effect(gap: Numbers, own: float, shared: float, family: tuple[int, int]) -> Effect:
    if len(gap) < 2:
        return _untold(gap)
    freedom, comparisons = family
    mean = float(gap.mean())
    if own == 0 and shared == 0:  # counted models: seeds change nothing
        return Effect(mean, mean, mean, 0.0, float(mean == 0), len(gap))
    error = math.sqrt(max(own, shared) / len(gap))
    half = critical(LEVEL / comparisons, freedom) * error
    chance = min(1.0, comparisons * float(two_sided(mean / error, freedom)))
    return Effect(mean, mean - half, mean + half, error, chance, len(gap))


@dataclass(frozen=True)
class Power:
    """How often a design finds a true effect, whose size is in standard errors of the paired difference."""

    seeds: int
    comparisons: int

    def __call__(self, size: float) -> float:
        """The share of studies that find one arm's true effect of `size` standard errors, the others' being 0.

        Simulated: runs vary normally and equally, their differences are judged as `effects` judges them.
        """
        if self.seeds < 2:
            return 0.0
        found, needed = _simulated(self.seeds, self.comparisons)
        return float((np.abs(found + size) > needed).mean())

    @property
    def needed(self) -> float:
        """Standard errors of an effect that four of five studies find; infinite for one seed."""
        if self.seeds < 2:
            return math.inf
        low, high = 0.0, 4.0
        while self(high) < 0.8:
            low, high = high, high * 2
        while high - low > 0.001 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self(middle) < 0.8 else (low, middle)
        return high


@lru_cache(maxsize=16)
def _simulated(seeds: int, comparisons: int) -> tuple[Numbers, Numbers]:
    """Float64[STUDIES] each: the first arm's difference by chance, and what it must exceed, in standard errors."""
    runs = np.random.default_rng(0).standard_normal((STUDIES, seeds, comparisons + 1))
    gaps = runs[:, :, 1:] - runs[:, :, :1]
    variance = gaps.var(axis=1, ddof=1)
    used = np.maximum(variance[:, 0], variance.mean(axis=1))
    limit = critical(LEVEL / comparisons, degrees((seeds - 1) * comparisons, comparisons))
    unit = math.sqrt(2 / seeds)
    return gaps[:, :, 0].mean(axis=1) / unit, limit * np.sqrt(used / seeds) / unit
