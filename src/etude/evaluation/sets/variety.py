"""How unlike each other the pieces of a set are, and how much of the reference they reach; beside real pieces.

Conventions
    Intervals by delete-half jackknife over pieces: drawing pieces with replacement would make copies. Beside each
    figure stands that of as many real pieces, drawn from the reference at random; for `coverage` against the
    others.

Metrics
    distinct_ngrams    different 4-interval n-grams / all n-grams of the set
    piece_distance     mean distance between two pieces as points, in standard deviations of real pieces
    near_identical     share of pieces that repeat another piece of the set, in any key, or long parts of it
    coverage           share of real pieces that have a piece of the set nearer than their NEIGHBOURS-th real one
    fidelity           share of the set's pieces that are as near to some real piece as its NEIGHBOURS-th real one

Sources: Li et al., "A diversity-promoting objective" (2016); Naeem et al., "Reliable fidelity and diversity metrics
for generative models" (2020), for coverage; Kynkaanniemi et al., "Improved precision and recall metric" (2019), for
fidelity (there: precision).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.data.duplicates import find_duplicates
from etude.data.fingerprints import fingerprint
from etude.evaluation.diversity import GRAM, ngrams
from etude.evaluation.sets.distances import pairwise
from etude.evaluation.sets.embedding import Embedding
from etude.evaluation.sets.estimates import NO_FLOOR, UNKNOWN, Estimate, Floor, Places, halved, spread_of
from etude.evaluation.sets.features import Features
from etude.score import Score

Numbers = NDArray[np.float64]
Figure = Callable[[Places], float]

NEIGHBOURS = 5
FEWEST = 10  # pieces of a set that its variety needs
_DRAWS = 40  # sets of real pieces


@dataclass(frozen=True)
class Variety:
    """Figure -> Estimate of the set, and the Floor of as many real pieces."""

    pieces: int
    figures: dict[str, Estimate]
    real: dict[str, Floor]

    def verdict(self, name: str) -> str:
        """ "below real pieces", "above real pieces", "like real pieces" or "too few pieces"."""
        found, real = self.figures[name], self.real[name]
        if math.isnan(found.low) or math.isnan(real.low):
            return "too few pieces"
        return (
            "below real pieces"
            if found.high < real.low
            else "above real pieces"
            if found.low > real.high
            else "like real pieces"
        )

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            name: {**asdict(found), "real": asdict(self.real[name]), "verdict": self.verdict(name)}
            for name, found in self.figures.items()
        }


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What the figures are worked out from: n-grams of each piece, pairs that repeat each other, points."""

    grams: list[NDArray[np.int64]]
    repeats: NDArray[np.bool_]  # [P, P]
    points: Numbers  # [P, D]

    @classmethod
    def of(cls, scores: Sequence[Score], features: Features, embedding: Embedding) -> _Pieces:
        grams = [_numbers(score) for score in scores]
        repeats = np.zeros((len(scores), len(scores)), np.bool_)
        for pair in find_duplicates([fingerprint(score) for score in scores]).pairs:
            repeats[pair.first, pair.second] = repeats[pair.second, pair.first] = True
        return cls(grams, repeats, embedding.points(features))

    def distinct_ngrams(self, chosen: Places) -> float:
        found = np.concatenate([self.grams[at] for at in chosen])
        return len(np.unique(found)) / len(found) if len(found) else math.nan

    def piece_distance(self, chosen: Places) -> float:
        points = self.points[chosen]
        count = len(points)
        return float(pairwise(points, points).sum() / (count * (count - 1))) if count > 1 else math.nan

    def near_identical(self, chosen: Places) -> float:
        return float(self.repeats[np.ix_(chosen, chosen)].any(axis=1).mean())

    @property
    def alone(self) -> dict[str, Figure]:
        """The figures that need no reference."""
        return {
            "distinct_ngrams": self.distinct_ngrams,
            "piece_distance": self.piece_distance,
            "near_identical": self.near_identical,
        }


def variety(
    scores: Sequence[Score],
    features: Features,
    reference: Sequence[Score],
    their_features: Features,
    *,
    seed: int = 0,
) -> Variety:
    """The Variety of `scores`, whose Features are given, beside the pieces of `reference`."""
    random = np.random.default_rng(seed)
    count, theirs = len(scores), len(reference)
    names = ("distinct_ngrams", "piece_distance", "near_identical", "coverage", "fidelity")
    if count < FEWEST or theirs < 2 * FEWEST:
        return Variety(count, dict.fromkeys(names, UNKNOWN), dict.fromkeys(names, NO_FLOOR))
    embedding = Embedding.of(their_features)
    ours = _Pieces.of(scores, features, embedding)
    real = _Pieces.of(reference, their_features, embedding)
    figures = {
        name: halved(figure, count, random, math.inf if name == "piece_distance" else 1.0)
        for name, figure in ours.alone.items()
    }
    reach = _reaching(ours.points, real.points)
    for number, name in enumerate(("coverage", "fidelity")):
        figures[name] = halved(lambda chosen, number=number: reach(chosen)[number], count, random)  # type: ignore[misc]
    return Variety(count, figures, _real(real, min(count, theirs // 2), random))


def _real(real: _Pieces, size: int, random: np.random.Generator) -> dict[str, Floor]:
    """The figures of `size` real pieces drawn at random, those of reach against the others."""
    rows: dict[str, list[float]] = {}
    for _ in range(_DRAWS):
        order = random.permutation(len(real.points))
        chosen, others = order[:size], order[size:]
        for name, figure in real.alone.items():
            rows.setdefault(name, []).append(figure(chosen))
        found = _reaching(real.points[chosen], real.points[others])(np.arange(size))
        rows.setdefault("coverage", []).append(found[0])
        rows.setdefault("fidelity", []).append(found[1])
    return {name: spread_of(np.array(values)) for name, values in rows.items()}


def _reaching(points: Numbers, real: Numbers) -> Callable[[Places], tuple[float, float]]:
    """What tells coverage and fidelity of the chosen `points`."""
    within = pairwise(real, real)
    near = min(NEIGHBOURS, len(real) - 1)
    radius = np.partition(within, near, axis=1)[:, near]  # the 0-th is the piece itself
    inside = pairwise(real, points) <= radius[:, None]

    def reach(chosen: Places) -> tuple[float, float]:
        found = inside[:, chosen]
        return float(found.any(axis=1).mean()), float(found.any(axis=0).mean())

    return reach


def _numbers(score: Score) -> NDArray[np.int64]:
    """Int64[G]: a number for each n-gram of a piece."""
    rows = np.array(ngrams(score, GRAM), np.int64).reshape(-1, GRAM)
    return np.asarray((rows + 256) @ (1021 ** np.arange(GRAM)), np.int64)
