"""What the Readers share: begin and end steps, integers out of range, and notes that wait for their end."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END
from etude.score import Event

Mask = NDArray[np.bool_]


def mask_of(size: int, allowed: Iterable[int]) -> Mask:
    """Bool[size], read-only: True at the values in `allowed`."""
    mask = np.zeros(size, bool)
    mask[list(allowed)] = True
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=4096)
def only(size: int, value: int) -> Mask:
    """Bool[size], read-only: True at `value` alone."""
    return mask_of(size, [value])


@lru_cache(maxsize=256)
def all_but(size: int, *values: int) -> Mask:
    """Bool[size], read-only: True everywhere but at `values`."""
    return mask_of(size, set(range(size)) - set(values))


@lru_cache(maxsize=64)
def among(size: int, values: range) -> Mask:
    """Bool[size], read-only: True at `values`."""
    return mask_of(size, values)


class StepReader:
    """The part of a Reader that is the same for every encoding; a subclass fills in three methods."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.started = False  # whether a step of music was read
        self._done = False

    @property
    def done(self) -> bool:
        """Whether the end step was read."""
        return self._done

    def allowed(self, chosen: Sequence[int] = ()) -> Mask:
        """Bool[V_k], never all false: what field k = len(chosen) may be, given the fields chosen before it."""
        field = len(chosen)
        if field and chosen[0] in (BEGIN, END):
            return only(self.sizes[field], 0)
        if self._done:
            return only(self.sizes[field], 0 if field else END)
        return self._allowed(chosen)

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """The events that are certain once this step is known, in time order. Any integers are read."""
        if self._done or step[0] == BEGIN:
            return ()
        if step[0] == END:
            self._done = True
            return ()
        self.started = True
        inside = [min(max(value, 0), size - 1) for value, size in zip(step, self.sizes)]
        inside[0] = max(inside[0], END + 1)
        return tuple(self._read(inside))

    def finish(self) -> tuple[Event, ...]:
        """The events still to come when the sequence stops here: notes that sound are ended."""
        return tuple(self._close())

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        raise NotImplementedError

    def _read(self, step: list[int]) -> Iterable[Event]:
        raise NotImplementedError

    def _close(self) -> Iterable[Event]:
        raise NotImplementedError


class Sounding:
    """Notes that were begun and wait for their end. A key struck again while it sounds ends the note before."""

    def __init__(self) -> None:
        self.ends: dict[tuple[int, int], int] = {}  # (track, pitch) -> tick
        self.queue: list[tuple[int, int, int]] = []  # (end, track, pitch), earliest first; may hold stale rows

    def start(self, on: Event, end: int) -> list[Event]:
        """What happens when the note of the event `on` begins that is to end at tick `end`."""
        key = (on.track, on.number)
        events = []
        if key in self.ends:
            events.append(Event(on.tick, "off", on.track, on.number))
        self.ends[key] = end
        heapq.heappush(self.queue, (end, on.track, on.number))
        return [*events, on]

    def until(self, tick: int) -> list[Event]:
        """The ends of notes that come no later than `tick`."""
        events = []
        while self.queue and self.queue[0][0] <= tick:
            end, track, pitch = heapq.heappop(self.queue)
            if self.ends.get((track, pitch)) == end:
                del self.ends[track, pitch]
                events.append(Event(end, "off", track, pitch))
        return events
