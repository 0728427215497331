"""What a critic is taught and examined with: pieces of one side, damage of them, and the music of weaker models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions import DAMAGES, Damaged, damage, strengths_of
from etude.lab.critic.generators import LEAST, Workshop
from etude.score import Score

if TYPE_CHECKING:
    from etude.data import Collection

TRIES = 8  # kinds of damage tried on a piece that leaves no room for the first
LIKELY = {0.05: 0.3, 0.1: 0.25, 0.2: 0.2, 0.4: 0.15, 1.0: 0.1}  # strengths that are taught: weak damage is harder
COMPOSED = 0.3  # share of bad examples that weaker models made


@dataclass(frozen=True)
class Bad:
    """Bad music, where it is bad if that is known, and what kind it is."""

    score: Score
    touched: NDArray[np.bool_] | None
    kind: str


@dataclass(frozen=True)
class Pool:
    """The pieces of one side with their names, how each comes out of the encoding, and pieces of weaker models."""

    names: Sequence[str]
    scores: Sequence[Score]
    again: Sequence[Score] = field(repr=False)  # the piece itself where the encoding cannot hold it
    composed: Mapping[str, Sequence[Score]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        collection: Collection,
        side: str,
        workshop: Workshop,
        composed: Mapping[str, Sequence[Score]] | None = None,
        most: int = 0,
    ) -> Pool:
        """The pool of one side of a collection; `most` pieces of it, spread evenly, unless that is 0."""
        there = [piece for piece in collection.pieces(side) if piece.notes >= LEAST]
        if 0 < most < len(there):
            there = [there[(2 * i + 1) * len(there) // (2 * most)] for i in range(most)]
        scores = [piece.score for piece in there]
        again = [workshop.heard_again(score) or score for score in scores]
        return cls([piece.id for piece in there], scores, again, composed or {})

    def __len__(self) -> int:
        """The number of pieces."""
        return len(self.names)

    def real(self, number: int, random: np.random.Generator) -> Score:
        """A piece, as it is or as it comes out of the encoding: nothing may hang on that."""
        return (self.scores if random.random() < 0.5 else self.again)[number]

    def bad(self, score: Score, random: np.random.Generator) -> Bad:
        """Bad music to stand beside a piece: the piece damaged, or now and then what a weaker model made."""
        if self.composed and random.random() < COMPOSED:
            kind = str(random.choice(list(self.composed)))
            pieces = self.composed[kind]
            return Bad(pieces[int(random.integers(len(pieces)))], None, kind)
        for _ in range(TRIES):
            kind = str(random.choice(list(DAMAGES)))
            strengths = strengths_of(kind)
            chances = np.array([LIKELY[strength] for strength in strengths])
            found = self.damaged(kind, score, float(random.choice(strengths, p=chances / chances.sum())), random)
            if found is not None:
                return Bad(found.score, found.touched, kind)
        kind = "rhythm jitter"  # leaves room in every piece of two notes
        found = self.damaged(kind, score, 1.0, random)
        return Bad(found.score, found.touched, kind) if found else Bad(score, None, "nothing")

    def damaged(self, kind: str, score: Score, strength: float, random: np.random.Generator) -> Damaged | None:
        """`score` with damage of a kind, other pieces of this side at hand; None where it leaves no room."""
        other = self.scores[int(random.integers(len(self.scores)))]
        found = damage(kind, score, strength, other, random)
        return found if found is not None and len(found.score) >= LEAST else None
