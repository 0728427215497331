"""Weaker models whose music is bad by comparison: n-grams of several orders and temperatures.

Those a critic learns from and those it is held to are different ones: other orders, other temperatures, copying
from the piece so far, and no model at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput
from etude.score import Score

if TYPE_CHECKING:
    from etude.data import Collection, Packed
    from etude.encodings import Encoding
    from etude.lab.loading import Loaded

LONGEST = 600  # steps of a piece
TRIES = 3  # pieces made for each that is asked for: some have too few notes
LEAST = 4  # notes


@dataclass(frozen=True)
class Generator:
    """An n-gram that looks back `order` symbols, or as many cells of steps; order -1 knows nothing at all."""

    name: str
    order: int
    temperature: float = 1.0
    copying: bool = False


SEEN = (
    Generator("n-gram of 1", 1),
    Generator("n-gram of 3", 3),
    Generator("n-gram of 3, cool", 3, 0.7),
    Generator("n-gram of 6, cool", 6, 0.8),
)
UNSEEN = (
    Generator("grammar alone", -1),
    Generator("n-gram of 2, hot", 2, 1.2),
    Generator("n-gram of 4", 4, 0.9),
    Generator("n-gram of 10 with copying", 10, 0.9, copying=True),
)


@dataclass(frozen=True)
class Workshop:
    """Where generators work: the training pieces of a collection as steps of an encoding."""

    encoding: Encoding
    packed: Packed

    @classmethod
    def of(cls, collection: Collection, played: bool) -> Workshop:
        """The workshop of a collection, in the encoding that suits it."""
        from etude.data import pack

        encoding = suitable(collection, played)
        return cls(encoding, pack(collection, encoding, "train"))

    def composed(self, generator: Generator, count: int, seed: int = 0) -> list[Score]:
        """At most `count` pieces by `generator`, each as many steps at most as twice some training piece."""
        from etude.evaluation import Uniform
        from etude.models.ngram import NGram, NGramSettings

        sizes = tuple(field.size for field in self.encoding.fields)
        if generator.order < 0:
            return self._made(Uniform(sizes), generator.temperature, count, seed)
        settings = NGramSettings(
            orders=tuple(range(generator.order + 1)), cells=generator.order, copying=generator.copying
        )
        return self._made(NGram.fit(self.packed.pieces(), sizes, settings), generator.temperature, count, seed)

    def _made(self, stepper: Any, temperature: float, count: int, seed: int) -> list[Score]:
        from etude.sampling import Length, Sampling, compose

        lengths, random = np.diff(self.packed.offsets), np.random.default_rng(seed)
        found: list[Score] = []
        for number in range(TRIES * count):
            length = Length(steps=min(LONGEST, 2 * int(random.choice(lengths))))
            piece = compose(
                *(stepper, self.encoding),
                sampling=Sampling(temperature),
                seed=np.random.SeedSequence((seed, number)),
                length=length,
            ).score
            found += [piece] if len(piece) >= LEAST else []
            if len(found) == count:
                break
        return found

    def heard_again(self, score: Score) -> Score | None:
        """The piece as it comes out of the encoding; None where the encoding cannot hold it."""
        from etude.encodings.base import decode

        try:
            again = decode(self.encoding, self.encoding.encode(score))
        except BadInput:
            return None
        return again if len(again) >= LEAST else None


def by_model(loaded: Loaded, count: int, seed: int = 0) -> list[Score]:
    """At most `count` pieces of a trained model, as it composes when nothing is asked for."""
    from etude.lab.composing import compose

    scores = [piece.score for piece in compose(loaded, count=count, seed=seed)]
    return [score for score in scores if len(score) >= LEAST]


def suitable(collection: Collection, played: bool) -> Encoding:
    """The encoding that holds the pieces of a collection: ABC, four voices on a grid, or notes."""
    from etude.encodings import build

    pieces = collection.pieces("train")
    some = [piece.score for piece in pieces[:: max(1, len(pieces) // 20)]]
    drums = np.mean([_is_drums(score) for score in some]) > 0.5
    if drums or played:
        return build("notes", time="performed", part="drums" if drums else "merged")
    if ".abc" in pieces[0].id:
        return build("abc")
    voices = build("chorale", holds=True)
    return voices if _holds_all(voices, some) else build("notes", time="scored", resolution=24)


def _is_drums(score: Score) -> bool:
    kits = np.array([track.is_drum for track in score.tracks], np.bool_)
    return bool(len(score)) and bool(kits[score.notes["track"]].mean() > 0.5)


def _holds_all(encoding: Encoding, scores: Sequence[Score]) -> bool:
    """Whether these pieces fit into the encoding and come out with every note."""
    from etude.encodings.base import decode

    try:
        return all(len(decode(encoding, encoding.encode(score))) == len(score) for score in scores)
    except BadInput:
        return False
