"""Notes that begin near the points of a grid in time, in every bar: how a model of free playing keeps time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END, Encoding
from etude.encodings.conditions import Told
from etude.encodings.notes import Notes
from etude.encodings.reading import Mask
from etude.errors import UsageError

Ticks = NDArray[np.int64]
STEP = 1  # the field that says how long after the last onset a note begins


@dataclass(frozen=True, eq=False)
class Pulse:
    """Where notes may begin: at most `loose` ticks from a point, and in every bar one at least.

    points   int64[P] ticks, P > 1, never further apart than the encoding can wait exactly
    bars     int64[B + 1] ticks: where each bar begins, and where the last one ends
    """

    points: Ticks
    bars: Ticks
    loose: int

    def may_begin(self, ticks: Ticks, now: int) -> Mask:
        """Bool[T]: which of `ticks` may be the next onset after the one at tick `now` (-1: there was none yet).

        Notes of the onset at `now` stay possible.
        """
        at = np.searchsorted(self.points, ticks).clip(1, len(self.points) - 1)
        away = np.minimum(np.abs(ticks - self.points[at - 1]), np.abs(ticks - self.points[at]))
        bar = int(np.searchsorted(self.bars, now + self.loose, side="right")) - 1  # a little early belongs to it
        free = (
            (ticks + self.loose < self.bars[bar + 2]) if bar + 2 < len(self.bars) else np.ones(len(ticks), np.bool_)
        )
        last = self.bars[-1]
        early = (ticks >= last - self.loose) & (ticks < last)  # of a bar that is not played any more
        return np.asarray(((away <= self.loose) & free & ~early) | (ticks == now))


class Pulsed:
    """A `notes` encoding whose Readers let notes begin near the points of a Pulse only. All else is its own."""

    def __init__(self, encoding: Notes, pulse: Pulse) -> None:
        self.encoding, self.pulse = encoding, pulse

    def __getattr__(self, name: str) -> Any:
        """What the encoding has."""
        if name.startswith("__") or name == "encoding":
            raise AttributeError(name)
        return getattr(self.encoding, name)

    def reader(self) -> PulsedReader:
        """A Reader that stands before the first step."""
        return PulsedReader(self.encoding.reader(), self.pulse)


class PulsedReader:
    """The Reader of the encoding, with fewer times to choose from."""

    def __init__(self, inner: Any, pulse: Pulse) -> None:
        self.inner, self.pulse = inner, pulse
        self.waits = np.array(inner.step_ticks, np.int64)
        self.asked: tuple[Mask, Mask] | None = None  # what the grammar and what the pulse left

    def __getattr__(self, name: str) -> Any:
        """What the inner Reader has."""
        if name.startswith("__") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def allowed(self, chosen: Sequence[int] = ()) -> Mask:
        """Bool[V_k]: what field k = len(chosen) may be; beyond the last bar every time is free."""
        grammar: Mask = self.inner.allowed(chosen)
        mask = grammar
        if len(chosen) == STEP and chosen[0] not in (BEGIN, END):
            now = self.inner.tick if self.inner.heard else -1
            mask = grammar & self.pulse.may_begin(self.inner.tick + self.waits, now)
            mask = mask if mask.any() else grammar
        self.asked = (grammar, mask)
        return mask

    @property
    def ends(self) -> tuple[Mask, Mask, str] | None:
        """What the grammar and what the pulse left of what was asked last, and the name of that rule."""
        return None if self.asked is None else (*self.asked, "pulse")

    def layers(self) -> list[tuple[str, Mask]]:
        """(rule, bool[V_k]) of what was asked last: what is left by the grammar, then by the pulse."""
        return [] if self.asked is None else [("grammar", self.asked[0]), ("pulse", self.asked[1])]


def pulsed(encoding: Encoding, pulse: Pulse) -> Encoding:
    """`encoding` under a pulse; conditions stay in front. Raises UsageError for one that is not `notes`."""
    inner = encoding.inner if isinstance(encoding, Told) else encoding
    if not isinstance(inner, Notes):
        raise UsageError(f"The encoding '{encoding.name}' does not write notes one by one, so it keeps no pulse.")
    kept: Any = Pulsed(inner, pulse)
    out: Any = Told(kept, encoding.control) if isinstance(encoding, Told) else kept
    found: Encoding = out
    return found
