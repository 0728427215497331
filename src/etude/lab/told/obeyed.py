"""How often pieces are what they were asked to be, and how much of that is chance.

Protocol
    For each condition N pieces are made with the model's own settings, told that condition alone: values come as
    often as in the music it learned from (seed given). What each piece turned out to be is read from its notes,
    bar lines and header, never from what was told; where a classifier listens, by its measures alone. Beside it
    stand the share of real held-out pieces that the same reader (or classifier) gets right, which is as good as it
    can be, and chance: how often N pieces that were told nothing are what was asked. A register is as asked within
    a minor third; everything else only where it is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.lab.sampled import longest_sample
from etude.lab.telling import control_of, guided
from etude.lab.told.classifier import Classifier, features

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.encodings.conditions import Conditions
    from etude.score import Score

HEADER = ("asked for", "found by", "pieces", "as asked", "real pieces", "chance")
READABLE = 0.5  # of real pieces that a reader must get right to be asked at all
MOST = 600  # real pieces that a classifier learns from


@dataclass(frozen=True)
class Obeyed:
    """One condition, and who looked for it. Shares, 0 to 1."""

    kind: str
    by: str  # "reader" or "classifier"
    pieces: int
    found: float  # pieces that are as asked
    real: float  # real held-out pieces of which the same was found that was told
    chance: float  # pieces told nothing that are as asked

    def row(self) -> tuple[Any, ...]:
        """The row under HEADER."""
        return self.kind, self.by, self.pieces, self.found, self.real, self.chance


def obeyed(
    loaded: Loaded, material: Material, *, count: int, split: str = "valid", strength: float = 1.0, seed: int = 0
) -> list[Obeyed]:
    """A row a condition and finder, from `count` pieces each; [] for a model without conditions."""
    control = control_of(loaded)
    if control is None:
        return []
    asking = _Asking(loaded, control, material, split)
    free = asking.made([{}] * count, strength, seed)
    out = []
    for number, kind in enumerate(control.kinds, 1):
        asked = asking.wishes(kind, count, seed)
        if asked:
            made = asking.made([{kind: value} for value in asked], strength, seed + number)
            out += asking.judged(kind, asked, made, free)
    return out


class _Asking:
    """A model, and real pieces of its collection to examine readers and classifiers with."""

    def __init__(self, loaded: Loaded, control: Conditions, material: Material, split: str) -> None:
        self.loaded, self.control, self.material = loaded, control, material
        self.real = material.packed(split).pieces()
        self.heard = [self._decoded(steps) for steps in self.real]

    def _decoded(self, steps: Steps) -> Score:
        """The music of told steps, without what they were told."""
        from etude.encodings import decode
        from etude.score import Metadata

        return decode(self.loaded.encoding, steps, meta=Metadata())

    def _told(self, steps: Steps, kind: str) -> str:
        place = 1 + self.control.kinds.index(kind)
        return self.control.meaning(int(steps[place, 0]))[1]

    def wishes(self, kind: str, count: int, seed: int) -> list[str]:
        """`count` values of a condition, as frequent as they were told in training; [] where none was."""
        told: Mapping[str, int] = (self.loaded.metadata.get("told") or {}).get(kind, {})
        if not told:
            return []
        weights = np.array(list(told.values()), np.float64)
        random = np.random.default_rng((seed, self.control.kinds.index(kind)))
        return [str(value) for value in random.choice(list(told), count, p=weights / weights.sum())]

    def made(self, wishes: Sequence[Mapping[str, str]], strength: float, seed: int) -> list[Score]:
        """One piece a wish."""
        from etude.sampling import Length, compose, piece_seed

        encoding: Any = self.loaded.encoding
        length = Length(steps=longest_sample(self.loaded))
        return [
            compose(
                guided(self.loaded, told, strength if told else 1.0),
                encoding,
                prompt=encoding.opening(told),
                sampling=self.loaded.sampling,
                seed=piece_seed(seed, number),
                length=length,
            ).score
            for number, told in enumerate(wishes)
        ]

    def judged(self, kind: str, asked: Sequence[str], made: Sequence[Score], free: Sequence[Score]) -> list[Obeyed]:
        """What a reader says of the pieces, and for what stands beside the music a classifier."""
        from etude.encodings.conditions import KINDS, OPEN

        told = [self._told(steps, kind) for steps in self.real]
        known = [number for number, value in enumerate(told) if value != OPEN]
        truth = [told[number] for number in known]
        music = [self.heard[number] for number in known]

        def row(by: str, find: Any) -> Obeyed:
            real, found, other = (find(scores) for scores in (music, made, free))
            chance = float(np.mean([[KINDS[kind].alike(value, one) for one in other] for value in asked]))
            return Obeyed(kind, by, len(made), _same(kind, asked, found), _same(kind, truth, real), chance)

        out = [row("reader", lambda scores: [self.control.read(score, score)[kind] for score in scores])]
        out = [one for one in out if one.real >= READABLE]
        classifier = None if KINDS[kind].heard else self._classifier(kind)
        if classifier is not None:
            inside = [number for number, value in enumerate(asked) if value in classifier.classes]
            asked, made = [asked[number] for number in inside], [made[number] for number in inside]
            if asked:
                out.append(row("classifier", lambda scores: classifier.of(features(scores))))
        return out

    def _classifier(self, kind: str) -> Classifier | None:
        """One that learned from real pieces of the training side."""
        from etude.encodings.conditions import OPEN

        packed = self.material.train
        pieces = [np.asarray(packed.sequence(row)) for row in range(0, len(packed.notes), packed.variants)]
        known = [steps for steps in pieces if self._told(steps, kind) != OPEN]
        chosen = np.random.default_rng(0).permutation(len(known))[:MOST]
        labels = [self._told(known[number], kind) for number in chosen]
        return Classifier.fit(features([self._decoded(known[number]) for number in chosen]), labels)


def _same(kind: str, asked: Sequence[str], found: Sequence[str]) -> float:
    """The share of pieces that are as asked; NaN for none."""
    from etude.encodings.conditions import KINDS

    same = [KINDS[kind].alike(one, other) for one, other in zip(asked, found, strict=True)]
    return float(np.mean(same)) if same else float("nan")
