"""A piece told out of order and back: see `Infilling`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from etude.encodings.base import BEGIN, END, Encoding, Steps, special_step
from etude.encodings.infill.cutting import Cutting
from etude.encodings.infill.infilling import LONGEST, Infilling, gap_marker

FURTHEST = 2**30  # steps: as many as there are


@dataclass(frozen=True)
class Gap:
    """What is missing: ticks [start, stop) of the encoding."""

    start: int
    stop: int


class Sides(NamedTuple):
    """A piece without begin and end, int32[., K] each: what stands before the music, then the three parts of it."""

    head: Steps
    before: Steps
    middle: Steps
    after: Steps


def infilling_of(encoding: Encoding) -> Infilling | None:
    """The markers of an encoding, whatever it is wrapped in; None where it has none."""
    found: Encoding | None = encoding
    while found is not None and not isinstance(found, Infilling):
        found = vars(found).get("inner")
    return found


def sides(cuts: Cutting, steps: Steps, gap: Gap) -> Sides:
    """The parts of plain steps (int32[T, K], framed, of the encoding that `cuts` knows)."""
    ticks = cuts.ticks(steps)
    head, first, stop = int((ticks < 0).sum()), cuts.place(ticks, gap.start), cuts.place(ticks, gap.stop)
    return Sides(steps[1:head], steps[head:first], steps[first:stop], cuts.alone(steps, stop, gap.stop))


def rearranged(encoding: Encoding, steps: Steps, gap: Gap, most: int = FURTHEST) -> Steps:
    """Int32[N, K]: a piece (int32[T, K], framed) told with the gap last. `encoding` has markers, maybe conditions.

    Where the result would be longer than `most` steps, both sides are heard only as far as there is room.
    """
    own, told = _untold(encoding, steps)
    infilling = infilling_of(encoding)
    assert infilling is not None
    head, before, middle, after = sides(infilling.cuts, own, gap)
    room = most - len(told) - 2 * len(head) - len(middle) - 5  # begin twice, end, and two markers
    if len(before) + len(after) > room:
        share = max(room, 0) // 2
        after = after[: max(share, room - len(before))]
        before = _nearest(infilling.cuts, own, gap, max(room - len(after), 0))
    begin, fields = steps[:1], steps.shape[1]
    later, missing = (special_step(value, fields)[None] for value in _markers(infilling, gap))
    parts = [begin, told, head, later, after, begin, head, before, missing, middle, special_step(END, fields)[None]]
    return np.concatenate(parts).astype(np.int32)


def _markers(infilling: Infilling, gap: Gap) -> tuple[int, int]:
    return infilling.first, gap_marker(infilling, gap.stop - gap.start)


def restored(encoding: Encoding, steps: Steps, gap: Gap) -> Steps:
    """Int32[T, K]: what `rearranged` had made of a whole piece, in order again."""
    own, told = _untold(encoding, steps)
    infilling = infilling_of(encoding)
    assert infilling is not None
    later, missing = np.flatnonzero(infilling.is_marker(own))
    again = later + int(np.flatnonzero(own[later:, 0] == BEGIN)[0])
    heard = np.concatenate([own[again:missing], own[missing + 1 : -1]])
    out = np.concatenate([infilling.cuts.joined(heard, own[later + 1 : again], gap.stop), own[-1:]])
    return np.concatenate([out[:1], told, out[1:]]).astype(np.int32)


def gaps(cuts: Cutting, steps: Steps, most: int = FURTHEST) -> list[Gap]:
    """Every gap of up to LONGEST quarters and `most` steps between two places where training may cut."""
    ticks, lines = cuts.ticks(steps), cuts.lines(steps).tolist()
    places = [cuts.place(ticks, line) for line in lines]
    found = []
    for first, start in enumerate(lines):
        for last in range(first + 1, len(lines)):
            if lines[last] - start > LONGEST * cuts.encoding.tpq or places[last] - places[first] > most:
                break
            if places[last] > places[first]:
                found.append(Gap(start, lines[last]))
    return found


def _nearest(cuts: Cutting, steps: Steps, gap: Gap, most: int) -> Steps:
    """Int32[N <= most, K]: what comes before the gap from a place where it can be cut; nothing where none fits."""
    ticks = cuts.ticks(steps)
    first = cuts.place(ticks, gap.start)
    for line in cuts.lines(steps).tolist():
        place = cuts.place(ticks, line)
        if place <= first and first - place < most:
            return cuts.alone(steps[:first], place, line)
    return steps[:0]


def _untold(encoding: Encoding, steps: Steps) -> tuple[Steps, Steps]:
    """(the steps without those that tell conditions, those that do)."""
    control = getattr(encoding, "control", None)
    count = len(control.kinds) if control is not None else 0
    return np.delete(steps, slice(1, 1 + count), axis=0), steps[1 : 1 + count]
