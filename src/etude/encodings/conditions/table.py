"""Which conditions one encoding is told, in what order, and the values of its first field that tell them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from etude.encodings.conditions.composers import KNOWN, plain, surname
from etude.encodings.conditions.kinds import KINDS, OPEN, Kind
from etude.errors import UsageError
from etude.score import Score


@dataclass(frozen=True)
class Conditions:
    """The control steps of an encoding whose own values of the first field end before `first`.

    Value first + i of the first field is the i-th choice of the first kind, OPEN before all; those of the next kind
    follow.
    """

    kinds: tuple[str, ...]
    first: int
    composers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def choices(self, kind: str) -> tuple[str, ...]:
        """What a condition can be, OPEN first."""
        own = {"composer": self.composers, "label": self.labels}
        return (OPEN, *(own.get(kind) or KINDS[kind].choices))

    @property
    def size(self) -> int:
        """How many values they take in all."""
        return sum(len(self.choices(kind)) for kind in self.kinds)

    def values(self, kind: str) -> range:
        """The values of the first field that tell this kind."""
        before = self.kinds[: self.kinds.index(kind)]
        start = self.first + sum(len(self.choices(other)) for other in before)
        return range(start, start + len(self.choices(kind)))

    def meaning(self, value: int) -> tuple[str, str]:
        """(kind, choice) that a value of the first field tells."""
        kind = next(kind for kind in self.kinds if value in self.values(kind))
        return kind, self.choices(kind)[value - self.values(kind).start]

    def told(self, choices: Mapping[str, str]) -> list[int]:
        """The values of the first field, one a kind; what `choices` do not name is left open."""
        return [self.values(kind)[self.choices(kind).index(choices.get(kind, OPEN))] for kind in self.kinds]

    def read(self, stated: Score, kept: Score | None) -> dict[str, str]:
        """Kind -> choice: what is heard from the notes as they are `kept`, the rest from the piece as it was."""
        return {kind: self._read(kind, KINDS[kind], stated, kept) for kind in self.kinds}

    def _read(self, kind: str, row: Kind, stated: Score, kept: Score | None) -> str:
        score = kept if row.heard and kept is not None else stated
        return row.read(score, self.choices(kind)[1:])

    @property
    def heard(self) -> bool:
        """Whether any of them is read from the notes."""
        return any(KINDS[kind].heard for kind in self.kinds)

    def parse(self, kind: str, text: str, heard: Collection[str] | None = None) -> str:
        """The choice that a person means. Raises UsageError naming those there are, or those of `heard`.

        `heard` are the choices of the pieces that a model learned from; None: not known.
        """
        if kind not in self.kinds:
            told = f"It knows: {', '.join(self.kinds)}." if self.kinds else "It was told nothing of its pieces."
            raise UsageError(
                f"This model was not taught the {kind} of pieces, so '{text}' means nothing to it. {told} "
                f"Train one with --set encoding.conditions={kind} --set data.left_open=0.5."
            )
        found = KINDS[kind].parse(text, self.choices(kind)[1:])
        if found and (heard is None or found in heard):
            return found
        known = [choice for choice in self.choices(kind)[1:] if heard is None or choice in heard]
        why = f"This model heard no piece with {kind} '{found}'." if found else f"There is no {kind} '{text}'."
        raise UsageError(f"{why} Known: {', '.join(known) or f'no {kind} at all'}.")

    def openings(self) -> NDArray[np.int32]:
        """Int32[V_0]: every value of the first field with each condition's exchanged for its open one."""
        table = np.arange(self.first + self.size, dtype=np.int32)
        for kind in self.kinds:
            values = self.values(kind)
            table[values.start : values.stop] = values.start
        return table

    def moved(self, semitones: int) -> NDArray[np.int32]:
        """Int32[V_0]: every value of the first field as it is told of the music moved."""
        table = np.arange(self.first + self.size, dtype=np.int32)
        for kind in self.kinds:
            choices, start = self.choices(kind), self.values(kind).start
            for number, choice in enumerate(choices[1:], 1):
                table[start + number] = start + choices.index(KINDS[kind].moved(choice, semitones))
        return table


@lru_cache(maxsize=64)
def conditions(text: str, first: int, composers: tuple[str, ...] = (), labels: tuple[str, ...] = ()) -> Conditions:
    """The Conditions that `text` names, some of KINDS with commas. Raises UsageError.

    `composers` are surnames that are told apart, () takes all of KNOWN; `labels` are names of folders.
    """
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if not kinds or len(set(kinds)) != len(kinds) or set(kinds) - set(KINDS):
        raise UsageError(f"'conditions' must be '' or some of {', '.join(KINDS)}, each once, not '{text}'.")
    surnames = [surname(name) for name in composers]
    if len(set(surnames)) != len(surnames) or "" in surnames or OPEN in surnames:
        raise UsageError(f"'composers' must be surnames, each once, not {', '.join(composers)}.")
    if "label" in kinds and (not labels or len(set(map(plain, labels))) != len(labels) or OPEN in labels):
        raise UsageError(
            'The condition \'label\' needs the folders it tells apart, each once: encoding.labels=["one", "two"].'
        )
    return Conditions(kinds, first, (composers or KNOWN) if "composer" in kinds else (), labels)
