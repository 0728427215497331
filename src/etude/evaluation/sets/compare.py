"""A set of pieces against a reference, feature by feature and as a whole, each with an interval and a floor.

Conventions
    A feature is a measure or a histogram of a piece. A measure becomes a histogram over pieces by the tenths of the
    reference, values beyond it and exactly on an edge apart; a histogram is averaged over pieces, so that a long
    piece counts no more than a short one. Pieces for which a feature is not defined are left out of it.
    Values are corrected for how few pieces there are, see `etude.evaluation.sets.estimates`.

Metrics
    overlap, kl, jensen_shannon   of each feature, see `etude.evaluation.sets.distances`
    frechet                       of all pieces as points, see `etude.evaluation.sets.embedding`
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.sets.distances import frechet, jensen_shannon, kl, overlap, smoothed
from etude.evaluation.sets.embedding import Embedding
from etude.evaluation.sets.estimates import (
    DRAWS,
    NO_FLOOR,
    UNKNOWN,
    Estimate,
    Floor,
    Places,
    corrected,
    divisions,
    spread_of,
    weights,
    without_bias,
)
from etude.evaluation.sets.features import Features

Numbers = NDArray[np.float64]

FEWEST = 10  # pieces on either side that a distance needs
PER_DIRECTION = 2  # pieces a dimension that a Frechet distance needs
_TENTHS = 10
_DRAWS_OF_FLOOR = 50  # only their mean counts


@dataclass(frozen=True)
class Apart:
    """How far a set is from the reference in one respect."""

    name: str
    measure: str  # overlap, kl, jensen_shannon or frechet
    estimate: Estimate
    floor: Floor
    pieces: tuple[int, int]  # of the set and of the reference, for which it is defined

    @property
    def verdict(self) -> str:
        """ "further off than real pieces", "no evidence", or "too few pieces"."""
        found, floor = self.estimate, self.floor
        if math.isnan(found.low) or math.isnan(floor.high):
            return "too few pieces"
        off = found.high < floor.low if self.measure == "overlap" else found.low > floor.high
        return "further off than real pieces" if off else "no evidence"

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            **asdict(self.estimate),
            "floor": asdict(self.floor),
            "pieces": self.pieces,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class SetComparison:
    """A set against a reference."""

    pieces: int
    reference: int
    features: dict[str, dict[str, Apart]]  # feature -> overlap, kl, jensen_shannon
    frechet: Apart

    @property
    def furthest(self) -> list[Apart]:
        """The Jensen-Shannon divergences of the features that are further off than real pieces, largest first."""
        found = [each["jensen_shannon"] for each in self.features.values()]
        off = [one for one in found if one.verdict.startswith("further")]
        return sorted(off, key=lambda one: -one.estimate.value)

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "pieces": self.pieces,
            "reference": self.reference,
            "frechet": self.frechet.as_json(),
            "features": {
                name: {measure: one.as_json() for measure, one in each.items()}
                for name, each in self.features.items()
            },
        }


def compare_sets(features: Features, reference: Features, *, seed: int = 0) -> SetComparison:
    """The SetComparison of the pieces `features` tells of with those of `reference`."""
    random = np.random.default_rng(seed)
    ours, theirs = _Table.of(features, reference), _Table.of(reference, reference)
    found = _figures(ours, theirs, random, DRAWS)
    real = [
        _figures(theirs.only(first), theirs.only(second), random, _DRAWS_OF_FLOOR)
        for first, second in divisions(reference.pieces, features.pieces, random)
    ]
    each = {name: _beside(name, (ours.pieces(name), theirs.pieces(name)), found, real) for name in ours.columns}
    return SetComparison(features.pieces, reference.pieces, each, frechet_apart(features, reference, seed=seed))


@dataclass(frozen=True, eq=False)
class _Table:
    """All features of P pieces side by side as histograms; rows of what is not known are 0."""

    shares: Numbers  # [P, C]
    known: Numbers  # [P, F], 1 or 0
    columns: dict[str, tuple[int, int, int]]  # feature -> its number, and where its columns begin and end

    @classmethod
    def of(cls, features: Features, reference: Features) -> _Table:
        parts = {
            name: _binned(values, _edges(reference.metrics[name])) for name, values in features.metrics.items()
        }
        parts |= features.histograms
        known = np.stack([~np.isnan(rows).any(axis=1) for rows in parts.values()], axis=1)
        ends = np.cumsum([rows.shape[1] for rows in parts.values()]).tolist()
        columns = {
            name: (at, end - rows.shape[1], end) for (name, rows), (at, end) in zip(parts.items(), enumerate(ends))
        }
        return cls(np.nan_to_num(np.concatenate(list(parts.values()), axis=1)), known.astype(np.float64), columns)

    def only(self, chosen: Places) -> _Table:
        return _Table(self.shares[chosen], self.known[chosen], self.columns)

    def pieces(self, name: str) -> int:
        """For how many pieces a feature is defined."""
        return int(self.known[:, self.columns[name][0]].sum())

    def means(self, each: Numbers) -> dict[str, Numbers]:
        """Feature -> float64[D, B], its mean histogram where piece p weighs each[d, p]."""
        sums, counts = each @ self.shares, each @ self.known
        return {
            name: sums[:, begin:end] / np.maximum(counts[:, number], 1e-12)[:, None]
            for name, (number, begin, end) in self.columns.items()
        }


def _figures(
    ours: _Table, theirs: _Table, random: np.random.Generator, draws: int
) -> dict[str, dict[str, Numbers]]:
    """Feature -> measure -> float64[1 + draws]: the distance, then that of pieces drawn again.

    Only of features that enough pieces have.
    """
    sides = []
    for table in (ours, theirs):
        count = len(table.shares)
        sides.append(table.means(np.concatenate([np.full((1, count), 1 / count), weights(count, random, draws)])))
    sizes = {name: (ours.pieces(name), theirs.pieces(name)) for name in ours.columns}
    return {
        name: {
            measure: distance(sides[0][name], sides[1][name], size) for measure, (distance, _) in _MEASURES.items()
        }
        for name, size in sizes.items()
        if min(size) >= FEWEST
    }


def _beside(
    name: str,
    pieces: tuple[int, int],
    found: dict[str, dict[str, Numbers]],
    real: list[dict[str, dict[str, Numbers]]],
) -> dict[str, Apart]:
    """The three distances of one feature beside those between parts of the reference."""
    floors = [one[name] for one in real if name in one]
    if name not in found or len(floors) <= len(real) // 2:
        return {measure: Apart(name, measure, UNKNOWN, NO_FLOOR, pieces) for measure in _MEASURES}
    out = {}
    for measure, (_, most) in _MEASURES.items():
        value, *drawn = found[name][measure]
        floor = np.array([without_bias(one[measure][0], one[measure][1:], most) for one in floors])
        out[measure] = Apart(name, measure, corrected(value, np.array(drawn), most), spread_of(floor), pieces)
    return out


def _edges(values: Numbers) -> Numbers:
    """Float64[E]: where the tenths of the known values end, each once."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.linspace(0, 1, _TENTHS + 1))) if len(known) else np.zeros(0)


def _binned(values: Numbers, edges: Numbers) -> Numbers:
    """Float64[P, 2 E + 1]: a 1 in the bin of each value: between two edges, or just on one; NaN stays NaN."""
    place = np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right")
    rows = np.eye(2 * len(edges) + 1)[place]
    rows[np.isnan(values)] = np.nan
    return np.asarray(rows)


def _kl(first: Numbers, second: Numbers, sizes: tuple[int, int]) -> Numbers:
    return kl(smoothed(first, min(sizes)), smoothed(second, min(sizes)))


_MEASURES: dict[str, tuple[Callable[[Numbers, Numbers, tuple[int, int]], Numbers], float]] = {
    "overlap": (lambda first, second, sizes: overlap(first, second), 1.0),
    "kl": (_kl, math.inf),
    "jensen_shannon": (lambda first, second, sizes: jensen_shannon(first, second), 1.0),
}


def frechet_apart(features: Features, reference: Features, *, seed: int = 0) -> Apart:
    """The Frechet distance of all pieces as points; the reference's parts are embedded as the reference is."""
    random = np.random.default_rng(seed)
    pieces = features.pieces, reference.pieces
    if min(pieces) < FEWEST:
        return Apart("all", "frechet", UNKNOWN, NO_FLOOR, pieces)
    embedding = Embedding.of(reference)
    ours, theirs = embedding.points(features), embedding.points(reference)
    if min(pieces) < PER_DIRECTION * ours.shape[1]:
        return Apart("all", "frechet", UNKNOWN, NO_FLOOR, pieces)
    real = [_cloud(theirs[a], theirs[b], random, 20).value for a, b in divisions(len(theirs), len(ours), random)]
    return Apart("all", "frechet", _cloud(ours, theirs, random, 200), spread_of(np.array(real)), pieces)


def _cloud(ours: Numbers, theirs: Numbers, random: np.random.Generator, draws: int) -> Estimate:
    def again(points: Numbers) -> Numbers:
        chosen: Places = random.integers(0, len(points), len(points))
        return points[chosen]

    drawn = np.array([frechet(again(ours), again(theirs)) for _ in range(draws)])
    return corrected(frechet(ours, theirs), drawn)
