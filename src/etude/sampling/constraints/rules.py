"""What a constraint says of music: which pitches may sound from when to when, how many at once, and what must come.

A rule knows ticks, pitches and bars and nothing of how a model spells them. Whoever reads steps (see `reader`) asks
all rules at once (`together`) and turns the answers into masks. To say nothing is the default of every question.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.sampling.constraints.words import Classes

Ticks = NDArray[np.int64]
Mask = NDArray[np.bool_]
FAR = 2**40  # a tick that no piece reaches
PITCHES = np.arange(128)


class Rule:
    """A constraint. `name` is what the price is reported under."""

    name = "rule"

    def latest(self, tick: int) -> Ticks | None:
        """Int64[128]: up to when a note of each pitch that begins at `tick` may sound; `tick` or less: not at all.

        None says that every pitch may sound as long as it likes. Notes of drums are not asked about.
        """
        return None

    @property
    def most(self) -> int:
        """How many notes may sound at once."""
        return FAR

    def may_begin(self, tick: int) -> bool:
        """Whether a note may begin at `tick`."""
        return True

    def due(self, tick: int) -> int:
        """The first tick from `tick` on at which a note has to begin; FAR where none has to."""
        return FAR


class Pitches(Rule):
    """Notes only from a set of pitches: a range, a scale, a key."""

    def __init__(self, name: str, allowed: Mask) -> None:
        self.name = name
        self._latest = np.where(allowed, FAR, -1).astype(np.int64)

    @classmethod
    def of_range(cls, lowest: int, highest: int) -> Pitches:
        """The pitches from `lowest` to `highest`."""
        return cls("range", (lowest <= PITCHES) & (highest >= PITCHES))

    @classmethod
    def of_classes(cls, name: str, classes: Classes) -> Pitches:
        """The pitches of these pitch classes."""
        return cls(name, class_mask(classes))

    def latest(self, tick: int) -> Ticks:
        """See `Rule.latest`."""
        return self._latest


class Polyphony(Rule):
    """At most so many notes at once."""

    name = "polyphony"

    def __init__(self, most: int) -> None:
        self._most = most

    @property
    def most(self) -> int:
        """How many notes may sound at once."""
        return self._most


def class_mask(classes: Classes) -> Mask:
    """Bool[128]: the pitches of these pitch classes."""
    return np.isin(PITCHES % 12, list(classes))
