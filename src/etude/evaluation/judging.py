"""How well a judge tells two kinds of music apart: area under the curve, balanced accuracy, calibration.

Conventions
    A judge gives every segment a chance in 0..1 that it is real; the label is True where it is. Segments of one
    piece hang together, so pieces are what is drawn again for intervals (bootstrap, percentiles). Beside every
    figure stands the share of the larger class: what "always real" would score as plain accuracy.
    Sources: Hanley and McNeil (1982) for the area under the curve; Brier (1950); Guo et al. (2017) for the
    calibration error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Chances = NDArray[np.float64]  # [N] of being real
Labels = NDArray[np.bool_]  # [N]
DRAWS = 1000


@dataclass(frozen=True)
class Bounded:
    """A figure and the interval that holds it in 95 of 100 draws."""

    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """ "0.931 (0.902 to 0.955)"."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Judgement:
    """The figures of a judge on labelled segments."""

    segments: int
    pieces: int
    majority: float  # share of the larger class: the accuracy of who always says the same
    accuracy: float
    balanced: Bounded
    area: Bounded  # under the receiver's curve: how often a real segment gets more than another
    brier: float
    calibration: float  # expected calibration error

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **{name: getattr(self, name) for name in ("segments", "pieces", "majority", "accuracy")},
            **{name: vars(getattr(self, name)) for name in ("balanced", "area")},
            **{name: getattr(self, name) for name in ("brier", "calibration")},
        }


def judged(chances: Chances, labels: Labels, pieces: Sequence[str], seed: int = 0) -> Judgement:
    """The Judgement of N segments; `pieces` names the piece that each comes from."""
    return Judgement(
        segments=len(labels),
        pieces=len(set(pieces)),
        majority=majority_share(labels),
        accuracy=float(((chances > 0.5) == labels).mean()),
        balanced=bounded(balanced_accuracy, chances, labels, pieces, seed),
        area=bounded(area_under_curve, chances, labels, pieces, seed),
        brier=float(np.mean((chances - labels) ** 2)),
        calibration=calibration_error(chances, labels),
    )


def area_under_curve(chances: Chances, labels: Labels) -> float:
    """How often a real segment gets a higher chance than one that is not (ties count half); NaN without both."""
    real, other = int(labels.sum()), int((~labels).sum())
    if not real or not other:
        return float("nan")
    _, which, counts = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # of ties the mean one
    total = float(ranks[which][labels].sum())
    return (total - real * (real + 1) / 2) / (real * other)


def balanced_accuracy(chances: Chances, labels: Labels, threshold: float = 0.5) -> float:
    """The mean of the two classes' accuracies: 0.5 for whoever always says the same; NaN without both."""
    if labels.all() or not labels.any():
        return float("nan")
    said = chances > threshold
    return float(said[labels].mean() + (~said[~labels]).mean()) / 2


def majority_share(labels: Labels) -> float:
    """The share of the larger class."""
    share = float(np.mean(labels))
    return max(share, 1 - share)


def calibration_error(chances: Chances, labels: Labels, bins: int = 10) -> float:
    """The mean gap between the chance given and the share that was real, over `bins` equal bins of chance."""
    place = np.minimum((np.asarray(chances) * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=chances - labels, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def bounded(
    figure: Callable[[Chances, Labels], float],
    chances: Chances,
    labels: Labels,
    pieces: Sequence[str],
    seed: int = 0,
) -> Bounded:
    """`figure` with its interval: pieces are drawn again, each with all its segments."""
    names, owner = np.unique(np.asarray(pieces), return_inverse=True)
    members = [np.flatnonzero(owner == number) for number in range(len(names))]
    random = np.random.default_rng(seed)
    draws = np.empty(DRAWS)
    for draw in range(DRAWS):
        rows = np.concatenate([members[number] for number in random.integers(0, len(names), len(names))])
        draws[draw] = figure(chances[rows], labels[rows])
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return Bounded(figure(chances, labels), float(low), float(high))


def mean_of(values: NDArray[np.float64], seed: int = 0) -> Bounded:
    """The mean of `values`, one a piece, with its interval."""
    random = np.random.default_rng(seed)
    draws = random.choice(values, (DRAWS, len(values))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return Bounded(float(values.mean()), float(low), float(high))


def difference_of(first: NDArray[np.float64], second: NDArray[np.float64], seed: int = 0) -> Bounded:
    """The mean of `second` minus that of `first`, two independent samples of pieces, with its interval."""
    random = np.random.default_rng(seed)
    draws = [random.choice(values, (DRAWS, len(values))).mean(axis=1) for values in (first, second)]
    low, high = np.quantile(draws[1] - draws[0], [0.025, 0.975])
    return Bounded(float(second.mean() - first.mean()), float(low), float(high))
