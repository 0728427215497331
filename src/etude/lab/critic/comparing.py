"""The two-sample test: can a fresh critic tell these pieces from real music? 50 % means that it cannot.

Protocol
    The pieces are divided into folds. For each fold a fresh critic learns from the other folds and from as much of
    the training side of the collection as it can use, and judges the fold beside a fold of held-out real pieces,
    which no critic has heard. Real pieces come out of the same encoding by turns; where lengths differ, passages of
    equal length are judged, so that length tells nothing. Every piece is judged once; intervals draw pieces again.
    A critic that was trained on damage alone or on weaker models may lend its first weights.

Source: classifier two-sample tests, Lopez-Paz and Oquab (ICLR 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.evaluation.judging import Bounded, area_under_curve, balanced_accuracy, bounded
from etude.lab.critic.examples import SHORTEST
from etude.lab.critic.generators import LEAST, Workshop
from etude.lab.critic.hearing import Ears, Steps, is_played
from etude.lab.critic.judge import PieceJudge
from etude.lab.critic.schooling import CriticSettings, Say, scaled, schooled
from etude.score import Score

if TYPE_CHECKING:
    from etude.data import Collection
    from etude.engine.critic import ExportedCritic
    from etude.training.critic import Examples

FEWEST = 20  # pieces on either side
FOLDS = 4
COMPARED = CriticSettings(epochs=16, patience=6, per_epoch=600, learning_rate=2e-3, dropout=0.2)


@dataclass(frozen=True)
class Compared:
    """What fresh critics make of a set of pieces beside real ones."""

    accuracy: Bounded  # balanced; 0.5: cannot tell
    area: Bounded
    pieces: int
    real: int

    @property
    def sentence(self) -> str:
        """The figure in words."""
        low, high = self.accuracy.low, self.accuracy.high
        verdict = "cannot tell them apart" if low <= 0.5 else "tells them apart"
        return (
            f"A fresh critic {verdict}: it is right about {self.accuracy.value:.1%} of the pieces "
            f"({low:.1%} to {high:.1%}; 50 % is chance)."
        )


@dataclass(frozen=True)
class _Sides:
    """Steps of real and of other pieces to learn from, drawn anew each epoch in pairs of passages."""

    real: Sequence[Steps]
    other: Sequence[Steps]
    ears: Ears
    per_epoch: int
    seed: int

    def __call__(self, epoch: int) -> Examples:
        """As many passages of real pieces as of others; two that stand beside each other are equally long."""
        from etude.training.critic import Examples

        random = np.random.default_rng((self.seed, epoch))
        pairs = []
        for _ in range(self.per_epoch):
            one = self.real[int(random.integers(len(self.real)))]
            two = self.other[int(random.integers(len(self.other)))]
            pairs.append(_equally_long(one, two, self.ears.longest, random))
        segments = [one for one, _ in pairs] + [two for _, two in pairs]
        return Examples(segments, np.arange(len(segments)) < len(pairs))


def _equally_long(one: Steps, two: Steps, longest: int, random: np.random.Generator) -> tuple[Steps, Steps]:
    """A passage of each, from SHORTEST notes to all but one step of the shorter piece: where one does not end,
    the other must not end either. Both begin where the piece begins, or both end where it ends."""
    most = max(1, min(len(one), len(two), longest) - 1)
    length = int(random.integers(min(SHORTEST, most), most + 1))
    return (one[:length], two[:length]) if random.random() < 0.5 else (one[-length:], two[-length:])


def compare(
    scores: Sequence[Score],
    collection: Collection,
    *,
    side: str = "test",
    start: ExportedCritic | None = None,
    settings: CriticSettings = COMPARED,
    say: Say = lambda text: None,
) -> Compared:
    """How well fresh critics tell `scores` from held-out pieces of `collection`.

    Raises UsageError when either side has fewer than 20 pieces.
    """
    held_out = [piece.score for piece in collection.pieces(side) if piece.notes >= LEAST]
    others = [score for score in scores if len(score) >= LEAST]
    if min(len(held_out), len(others)) < FEWEST:
        raise UsageError(
            f"There are {len(others)} pieces and {len(held_out)} held-out ones: too few to say anything. "
            f"{FEWEST} on each side are the least, 100 say something."
        )
    learned = [piece.score for piece in collection.pieces("train") if piece.notes >= LEAST]
    ears = Ears(is_played(learned[:200]))
    workshop = Workshop.of(collection, ears.played)
    random = np.random.default_rng(settings.seed)
    heard = [ears.steps(_by_turns(score, workshop, random)) for score in _spread(learned, 4 * len(others))]
    real = [ears.steps(_by_turns(score, workshop, random)) for score in held_out]
    other = [ears.steps(score) for score in others]
    found = _Test(ears, settings, start, say).judged(heard, real, other, random)
    labels = np.arange(len(found)) < len(real)
    names = [str(number) for number in range(len(found))]
    return Compared(
        bounded(lambda z, y: balanced_accuracy(z, y, 0.0), found, labels, names),
        bounded(area_under_curve, found, labels, names),
        len(other),
        len(real),
    )


@dataclass(frozen=True)
class _Test:
    ears: Ears
    settings: CriticSettings
    start: ExportedCritic | None
    say: Say

    def judged(
        self, heard: Sequence[Steps], real: Sequence[Steps], other: Sequence[Steps], random: np.random.Generator
    ) -> NDArray[np.float64]:
        """Float64[R + O]: the logit of every real and every other piece, from a critic that has not heard it."""
        sides = [np.array_split(random.permutation(len(pieces)), FOLDS) for pieces in (real, other)]
        out = np.zeros(len(real) + len(other))
        for fold in range(FOLDS):
            self.say(f"fold {fold + 1} of {FOLDS}")
            mine, theirs = sides[0][fold], sides[1][fold]
            judge = self._fresh(heard, [other[i] for i in np.setdiff1d(np.arange(len(other)), theirs)], fold)
            one, two = [real[i] for i in mine], [other[i] for i in theirs]
            for rows, own, rest in ((mine, one, two), (len(real) + theirs, two, one)):
                lengths = _lengths(own, rest)
                first = judge.heard([piece[:length] for piece, length in zip(own, lengths)])
                last = judge.heard([piece[-length:] for piece, length in zip(own, lengths)])
                out[rows] = judge.slope * (first + last) / 2 + judge.bias
        return out

    def _fresh(self, heard: Sequence[Steps], other: Sequence[Steps], fold: int) -> PieceJudge:
        """A critic of these pieces; an eighth of both sides says when it has learned enough, and where 0 is."""
        kept = [[piece for i, piece in enumerate(pieces) if i % 8] for pieces in (heard, other)]
        aside = [[piece for i, piece in enumerate(pieces) if not i % 8] for pieces in (heard, other)]
        learn = _Sides(kept[0], kept[1], self.ears, self.settings.per_epoch, self.settings.seed + fold)
        check = _Sides(aside[0], aside[1], self.ears, 200, self.settings.seed + 99)
        learning, _ = schooled(
            learn, check, replace(self.settings, seed=self.settings.seed + fold), self.say, self.start
        )
        examples = check(0)
        return scaled(PieceJudge(learning, self.ears), learning.logits(examples.segments), examples.labels)


def _lengths(own: Sequence[Steps], theirs: Sequence[Steps]) -> list[int]:
    """For each own piece a length, one step less than the shorter of it and the other side's piece of its rank."""
    order = np.argsort([len(piece) for piece in own], kind="stable")
    others = sorted(len(piece) for piece in theirs)
    out = np.zeros(len(own), np.int64)
    for place, number in enumerate(order.tolist()):
        out[number] = max(1, min(len(own[number]), others[place * len(others) // len(order)]) - 1)
    return [int(length) for length in out]


def _by_turns(score: Score, workshop: Workshop, random: np.random.Generator) -> Score:
    """The piece as it is or as it comes out of the encoding."""
    return score if random.random() < 0.5 else workshop.heard_again(score) or score


def _spread(scores: Sequence[Score], most: int) -> Sequence[Score]:
    return scores[:: max(1, len(scores) // most)]
