"""The report card of a critic: what it hears and what it misses, on pieces and generators it never met.

Protocol
    Pieces of the test side, each as it is and as it comes out of an encoding by turns. Areas under the curve of
    all pieces against the same pieces damaged, type by type and strength by strength, and against the music of
    generators. The mixture is what a critic is taught, made of test pieces: damage of every type and strength and
    music of the weaker models it knows by other random numbers; real and bad weigh the same. Beside it stand the
    majority share and a logistic model on `etude.evaluation.METRICS`, fitted to the same mixture of the training
    side. Intervals: pieces drawn again, a piece with all that was made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions import DAMAGES, FULL, STRENGTHS, strengths_of
from etude.evaluation.judging import (
    Bounded,
    area_under_curve,
    balanced_accuracy,
    bounded,
    calibration_error,
    majority_share,
)
from etude.evaluation.logistic import Logistic
from etude.lab.critic.judge import PieceJudge
from etude.lab.critic.pool import Pool
from etude.lab.critic.schooling import Say, mixed
from etude.score import Score

TIMES = 4  # bad pieces for each piece of the mixture
LEARNED = 800  # training pieces that the logistic model learns from
FEWEST = 2  # damaged pieces that give a figure

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Examiner:
    """A judge and the test side it is held to; `unseen` are generators that nothing was learned from."""

    judge: PieceJudge
    pool: Pool
    unseen: Mapping[str, Sequence[Score]]
    seed: int = 0

    def real(self) -> Column:
        """Float64[P]: the logits of the pieces, each as it is or as it comes out of the encoding."""
        random = np.random.default_rng((self.seed, 0))
        return self.judge.logits([self.pool.real(number, random) for number in range(len(self.pool))])

    def area(self, real: Column, bad: Sequence[Score], names: Sequence[str]) -> Bounded:
        """The area of real pieces against `bad` ones, which stand beside the pieces called `names`."""
        logits = np.concatenate([real, self.judge.logits(bad)])
        labels = np.arange(len(logits)) < len(real)
        return bounded(area_under_curve, logits, labels, [*self.pool.names, *names])

    def damage(self, say: Say) -> dict[str, dict[str, Bounded]]:
        """Type -> strength as text -> area; types that leave no room in these pieces are left out."""
        real, out = self.real(), {}
        for number, kind in enumerate(DAMAGES):
            row = {}
            for strength in strengths_of(kind):
                random = np.random.default_rng((self.seed, 1, number))
                made = [self.pool.damaged(kind, score, strength, random) for score in self.pool.scores]
                bad = [(one.score, name) for one, name in zip(made, self.pool.names) if one is not None]
                if len(bad) >= FEWEST:
                    row[f"{strength:g}"] = self.area(real, [score for score, _ in bad], [name for _, name in bad])
            if row:
                out[kind] = row
                say(f"{kind}: " + ", ".join(f"{key} {one.value:.3f}" for key, one in row.items()))
        return out

    def generators(self) -> dict[str, dict[str, Bounded]]:
        """ "seen" and "unseen" -> generator -> area."""
        real = self.real()
        sides = {"seen": self.pool.composed, "unseen": self.unseen}
        return {
            side: {
                name: self.area(real, pieces, [f"{name} {number}" for number in range(len(pieces))])
                for name, pieces in made.items()
            }
            for side, made in sides.items()
        }


def means(areas: Mapping[str, Mapping[str, Bounded]]) -> dict[str, float]:
    """Strength -> the mean area over the types that come in it; types of one strength count at full alone."""
    return {
        f"{strength:g}": float(
            np.mean([row[f"{strength:g}"].value for row in areas.values() if f"{strength:g}" in row])
        )
        for strength in STRENGTHS
        if any(f"{strength:g}" in row for row in areas.values())
    }


@dataclass(frozen=True)
class Mixture:
    """Real pieces and bad ones as they are taught, and the piece that each belongs to."""

    scores: list[Score]
    labels: NDArray[np.bool_]
    names: list[str]

    @classmethod
    def of(cls, pool: Pool, times: int, seed: int) -> Mixture:
        """Every piece `times` over, beside as much bad music."""
        random = np.random.default_rng((seed, 2))
        bad, names = mixed(pool, times, seed)
        real = [pool.real(number, random) for _ in range(times) for number in range(len(pool))]
        labels = np.arange(len(real) + len(bad)) < len(real)
        return cls([*real, *bad], labels, [*list(pool.names) * times, *names])

    def figures(self, chances: Column) -> dict[str, Any]:
        """Balanced accuracy and area with intervals, calibration error."""
        return {
            "balanced_accuracy": bounded(balanced_accuracy, chances, self.labels, self.names),
            "area": bounded(area_under_curve, chances, self.labels, self.names),
            "calibration_error": calibration_error(chances, self.labels),
        }


def beside_measures(judge: PieceJudge, train: Pool, test: Pool, seed: int = 0) -> dict[str, Any]:
    """The critic on the mixture beside the majority share and a logistic model on the measures."""
    learned, examined = Mixture.of(_some(train), 1, seed), Mixture.of(test, TIMES, seed)
    model = Logistic.fit(_measured(learned.scores), learned.labels)
    own = judge.chances(examined.scores)
    others = model.chances(_measured(examined.scores))
    gains = np.stack([own, others], axis=1)
    return {
        "pieces": len(test),
        "examples": len(examined.labels),
        "majority": majority_share(examined.labels),
        "critic": examined.figures(own),
        "measures": examined.figures(others),
        "gain": _gain(gains, examined),
    }


def _gain(chances: Column, examined: Mixture) -> Bounded:
    """Balanced accuracy of the first column less that of the second, on the same pieces drawn again."""

    def difference(rows: Column, labels: NDArray[np.bool_]) -> float:
        return balanced_accuracy(rows[:, 0], labels) - balanced_accuracy(rows[:, 1], labels)

    return bounded(difference, chances, examined.labels, examined.names)


def _some(pool: Pool) -> Pool:
    """At most LEARNED pieces of a pool, spread evenly."""
    every = max(1, round(len(pool) / LEARNED))
    return Pool(pool.names[::every], pool.scores[::every], pool.again[::every], pool.composed)


def _measured(scores: Sequence[Score]) -> Column:
    """Float64[S, M]: every measure of every Score."""
    from etude.evaluation import measure

    return np.stack(list(measure(scores).values()), axis=1)


def full(areas: Mapping[str, Mapping[str, Bounded]]) -> dict[str, float]:
    """Type -> area at full strength."""
    return {kind: row[f"{FULL:g}"].value for kind, row in areas.items() if f"{FULL:g}" in row}
