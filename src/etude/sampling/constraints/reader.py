"""A Reader that lets through only what the rules allow as well: the grammar's mask and the rules' as one.

A subclass for each encoding knows what the values of its fields mean, looks ahead inside a step, and keeps the
promise that something is always left: see docs/decisions/010-constraints.md for the argument, encoding by encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END, Encoding
from etude.encodings.reading import only
from etude.errors import EtudeError
from etude.sampling.constraints.ending import Close
from etude.sampling.constraints.filling import Filling
from etude.sampling.constraints.harmony import Harmony
from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import Mask
from etude.sampling.constraints.together import Rules
from etude.score import Event

EVERY_PITCH = np.ones(128, np.bool_)


class ConstrainedReader:
    """A Reader under rules. A subclass fills in `_mask` and `_plan`.

    opening   how many steps are given, the begin step among them: they are read as they are
    now       the tick up to which time has passed: of the last onset, or of the next frame
    held      float64[12]: how long each pitch class was heard
    """

    available: Mask = EVERY_PITCH  # bool[128]: pitches that can be written
    filling: Filling | None = None  # bars between others that stay, where that is what is wanted
    grain = 1  # ticks: what notes begin at is a multiple of it

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        self.inner: Any = encoding.reader()  # the Reader of this encoding, with what only it has
        self.encoding, self.rules = encoding, rules
        self.lines: BarLines = rules.lines
        self.sizes = tuple(field.size for field in encoding.fields)
        self.opening, self.given = opening, 0
        self.planned = False
        self.now = 0
        self.held = np.zeros(12)
        self.sounding: dict[tuple[int, int], int] = {}  # (track, pitch) -> the tick it began at
        self.key: tuple[int, int] | None = None  # (fifths, mode) of the key that holds, where one is told
        self.asked: tuple[tuple[int, ...], NDArray[np.bool_], NDArray[np.bool_]] | None = None
        self._parts: list[Rules] | None = None
        self._likely: Close | None = None  # the close that was asked for last
        self._closes: dict[tuple[int, int], Close] = {}

    def __getattr__(self, name: str) -> Any:
        """What only this encoding's Reader has: its tracks, its metadata."""
        if name.startswith("__") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def done(self) -> bool:
        """Whether the end step was read."""
        return bool(self.inner.done)

    def allowed(self, chosen: Sequence[int] = ()) -> NDArray[np.bool_]:
        """Bool[V_k]: what field k = len(chosen) may be. Raises EtudeError should nothing be left."""
        if not self.planned:
            self._begin()
        grammar: Mask = self.inner.allowed(chosen)
        if self.inner.done or (chosen and chosen[0] in (BEGIN, END)):
            self.asked = (tuple(chosen), grammar, grammar)
            return grammar
        mask = self._mask(list(chosen), grammar, self.rules)
        if not mask.any():
            raise EtudeError(
                f"The constraints left nothing to go on with at tick {self.now} (field {len(chosen)}): this is a "
                "mistake in etude, please report it with the command you typed."
            )
        self.asked = (tuple(chosen), grammar, mask)
        return mask

    @property
    def ends(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], str] | None:
        """What the grammar and what all rules left of what was asked last, and the name of the last rule."""
        if self.asked is None:
            return None
        return self.asked[1], self.asked[2], self.rules.rules[-1].name if len(self.rules) else ""

    def layers(self) -> list[tuple[str, NDArray[np.bool_]]]:
        """(rule, bool[V_k]) of what was asked last: what is left by the grammar, then by each rule more."""
        if self.asked is None:
            return []
        chosen, grammar, mask = self.asked
        out = [("grammar", grammar)]
        if mask is grammar or not len(self.rules):
            return out
        if self._parts is None:
            self._parts = [self.rules.first(count) for count in range(1, len(self.rules))]
        for part in self._parts:
            out.append((part.rules[-1].name, out[-1][1] & (self._mask(list(chosen), grammar, part) | mask)))
        return [*out, (self.rules.rules[-1].name, mask)]

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """The events that are certain once this step is known, in time order. Any integers are read."""
        if self.given >= self.opening and not self.planned and step[0] != BEGIN:
            self._begin()
        self.given += 1
        self._closes.clear()
        events: tuple[Event, ...] = self.inner.feed(step)
        for event in events:
            if event.kind == "on":
                self.sounding[event.track, event.number] = event.tick
            elif event.kind == "off":
                self._hear(event.track, event.number, event.tick)
            elif event.kind == "key":
                self.key = (event.number, event.value)
        if step[0] not in (BEGIN, END):
            self._fed([int(value) for value in step])
        return events

    def curb(self) -> None:
        """Nothing: the rules know what is to be drawn."""

    def finish(self) -> tuple[Event, ...]:
        """The events still to come when the sequence stops here: notes that sound are ended."""
        rest: tuple[Event, ...] = self.inner.finish()
        return rest

    def gaps(self) -> set[int] | None:
        """The ticks there can be from one onset to the next; None: any multiple of the grain."""
        return None

    def _hear(self, track: int, pitch: int, tick: int) -> None:
        begun = self.sounding.pop((track, pitch), tick)
        self.held[pitch % 12] += tick - begun

    def _begin(self) -> None:
        """What was given has been read: the bars count from here."""
        self.planned = True
        self._count_from(self._reached())
        self.rules.forget()
        self._plan()

    def _reached(self) -> int:
        """The tick at which what was given ends."""
        return self.now

    def _count_from(self, tick: int) -> None:
        """The bar that `tick` is in is the first."""
        first = self.lines.number(tick)
        for rule in self.rules.rules:
            if isinstance(rule, Harmony):
                rule.first = first
            elif isinstance(rule, Onsets):
                rule.first, rule.begin = first, tick
        if self.rules.ending is not None:
            self.rules.ending.first = first

    def _close(self, rules: Rules, tick: int) -> Close | None:
        """What may begin at `tick` to close the piece; None where it is too early or nothing is planned."""
        ending = rules.ending
        if ending is None or not ending.earliest <= tick <= ending.last:
            return None
        key = (id(rules), tick)
        if key not in self._closes:
            self._closes[key] = ending.close(rules.base(tick), self.held, self.available)
        if rules is self.rules:
            self._likely = self._closes[key]
        return self._closes[key]

    def _settle(self) -> None:
        """A note that closes the piece has begun: the tonic stays."""
        if self.rules.ending is not None and self._likely is not None:
            self.rules.ending.settle(self._likely)

    def _plan(self) -> None:
        """Checks that what is wanted can be had. Raises UsageError."""

    def _fed(self, step: list[int]) -> None:
        """Takes note of a step that is neither begin nor end."""

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        """Bool[V_k]: what of `grammar` the rules leave."""
        raise NotImplementedError


def end_only(size: int) -> Mask:
    """Bool[size]: the end step and nothing else."""
    return only(size, END)
