"""A figure of a set with its interval, and the floor that it stands on.

Conventions
    A distance between two sets is never quite nought, even between two halves of the same music, and the fewer the
    pieces the larger it looks. So each value is corrected by the bias that drawing the pieces again shows, and its
    interval is the basic one at 95 %: twice the value minus the quantiles of the draws.
    The floor is the same figure between two parts of the reference that share no piece, the first as large as the
    set (half the reference at the most), the mean and the 95th of a hundred over random divisions.

Source: Davison and Hinkley, "Bootstrap methods and their application" (1997), sections 2.1.2 and 5.2.1; for figures
that drawing a piece twice would spoil, delete-half jackknife: Shao and Wu, "A general theory for jackknife
variance estimation" (1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

DRAWS = 400
DIVISIONS = 60  # of the reference into two parts
HALVES = 100  # of a set, for the jackknife


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval over pieces; all NaN where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Floor:
    """The same figure of real music: its mean, and the ends between which 95 of a hundred lie."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(math.nan, math.nan, math.nan)
NO_FLOOR = Floor(math.nan, math.nan, math.nan)


def without_bias(value: float, draws: Numbers, most: float = math.inf) -> float:
    """A figure from 0 to `most`, corrected by what it gained when the pieces were drawn again."""
    return min(most, max(0.0, 2 * float(value) - float(draws.mean())))


def corrected(value: float, draws: Numbers, most: float = math.inf) -> Estimate:
    """The Estimate of a figure from 0 to `most` that is biased by few pieces; `draws`: it, drawn again."""
    low, high = np.clip(2 * value - np.quantile(draws, [0.975, 0.025]), 0.0, most)
    return Estimate(without_bias(value, draws, most), float(low), float(high))


def mean_with_interval(values: Numbers, *, seed: int = 0) -> Estimate:
    """The mean of the values that are known, its interval by drawing them again; NaN without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return UNKNOWN
    drawn = np.random.default_rng(seed).choice(known, (1000, len(known))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(float(known.mean()), float(low), float(high))


def spread_of(values: Numbers) -> Floor:
    """The Floor that figures of random divisions make."""
    low, high = np.quantile(values, [0.025, 0.975])
    return Floor(float(values.mean()), float(low), float(high))


def weights(pieces: int, random: np.random.Generator, draws: int = DRAWS) -> Numbers:
    """Float64[draws, pieces]: how large a share each piece has when as many are drawn again, with replacement."""
    return np.asarray(random.multinomial(pieces, np.full(pieces, 1 / pieces), draws) / pieces, np.float64)


def divisions(reference: int, size: int, random: np.random.Generator) -> list[tuple[Places, Places]]:
    """Random divisions of `reference` pieces: `size` of them (half at the most) and those that are left."""
    first = min(size, reference // 2)
    orders = (random.permutation(reference) for _ in range(DIVISIONS))
    return [(order[:first], order[first:]) for order in orders]


def halved(
    figure: Callable[[Places], float], pieces: int, random: np.random.Generator, most: float = 1.0
) -> Estimate:
    """The Estimate of `figure(numbers of pieces)`, 0 to `most`, by delete-half jackknife; for 4 pieces or more."""
    every = np.arange(pieces)
    value = figure(every)
    if pieces < 4:
        return Estimate(value, math.nan, math.nan)
    drawn = [figure(np.sort(random.permutation(pieces)[: pieces // 2])) for _ in range(HALVES)]
    half = 1.96 * float(np.std(drawn, ddof=1)) * math.sqrt(pieces // 2 / (pieces - pieces // 2))
    return Estimate(value, max(0.0, value - half), min(most, value + half))
