"""Lengths in ticks as written note values: types, dots, tuplets, and the ties between them.

Positions on the binary grid are counted in units of a 1024th note, the smallest that a double-dotted 256th needs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

WHOLE = 1024  # units in a whole note
TYPES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th")
BASES = {name: 2 * WHOLE >> index for index, name in enumerate(TYPES)}  # units of each type without dots
VALUES: dict[int, tuple[str, int]] = {
    base * (2 ** (dots + 1) - 1) // 2**dots: (name, dots) for dots in (2, 1, 0) for name, base in BASES.items()
}  # units -> (type, dots)
GRID = WHOLE // 128  # off this grid a position is thought to belong to a tuplet
SMALLEST = WHOLE // 256  # the shortest type
TUPLETS = ((3, 2), (5, 4), (7, 4), (9, 8), (6, 4))  # (notes written, in the time of)


@dataclass(frozen=True)
class Frame:
    """The metre a passage is read in: where its bar begins (ticks), the beat (units), ticks per quarter."""

    anchor: int
    beat: int
    tpq: int

    def units(self, ticks: int, actual: int = 1, normal: int = 1) -> int | None:
        """`ticks` in units of a 1024th note, written as `actual` in the time of `normal`; None between units."""
        whole, rest = divmod(ticks * actual * WHOLE, 4 * self.tpq * normal)
        return None if rest else whole

    def on_grid(self, tick: int) -> bool:
        """Whether `tick` is a multiple of a 128th from the start of the bar."""
        units = self.units(tick - self.anchor)
        return units is not None and units % GRID == 0


@dataclass(frozen=True)
class Span:
    """Ticks [start, stop) in which `actual` equal notes are written in the time of `normal`."""

    start: int
    stop: int
    actual: int
    normal: int


@dataclass(frozen=True)
class Value:
    """One written note value: ticks [start, stop), its type and dots, and the tuplet it stands in."""

    start: int
    stop: int
    type: str
    dots: int = 0
    span: Span | None = None


def split_units(start: int, length: int, beat: int) -> list[int]:
    """Lengths in units that, tied, make a note of `length` beginning `start` units after the bar line."""
    if _is_plain(start, length, beat):
        return [length]
    cut = _boundary(start, start + length, beat)
    return split_units(start, cut - start, beat) + split_units(cut, start + length - cut, beat)


def _is_plain(start: int, length: int, beat: int) -> bool:
    """Whether one sign says it clearly: not across a compound beat, not dotted off its own grid."""
    if length not in VALUES:
        return False
    if beat % 3 == 0 and start % beat + length > beat:
        return start % beat == 0 and length % beat == 0
    name, dots = VALUES[length]
    base = BASES[name]
    if dots == 2:
        return start % base == 0
    if dots == 1:
        return start % base == 0 or (start + length) % base == 0
    return start % max(base // 2, 1) == 0


def _boundary(start: int, stop: int, beat: int) -> int:
    """The place inside (start, stop) where a musician expects the tie."""
    if beat % 3 == 0:
        last = (stop - 1) // beat * beat
        following = start - start % beat + beat
        if last > start:
            return following if start % beat else last
    step = WHOLE * 2
    while (stop - 1) // step * step <= start:
        step //= 2
    return (stop - 1) // step * step


def tuplet_spans(edges: list[int], frame: Frame, stop: int) -> list[Span]:
    """The tuplets that explain those of `edges` (sorted ticks of one voice in one bar) that are off the grid."""
    spans: list[Span] = []
    for edge in edges:
        if frame.on_grid(edge) or (spans and spans[-1].start < edge < spans[-1].stop):
            continue
        span = _span_around(edge, edges, frame, stop, spans[-1].stop if spans else edges[0])
        if span:
            spans.append(span)
    return spans


def _span_around(edge: int, edges: list[int], frame: Frame, stop: int, free_from: int) -> Span | None:
    """The simplest tuplet around `edge`: first those that no note reaches out of, then the others."""
    quarter = frame.tpq
    lengths = [quarter * up // down for up, down in ((1, 1), (2, 1), (1, 2), (4, 1), (1, 4))]
    inside = set(edges)
    for closed in (True, False):
        for halvings in (0, 1):
            for length in lengths:
                start = frame.anchor + (edge - frame.anchor) // max(length, 1) * length
                end = start + length
                if length < 4 or start < free_from or end > stop:
                    continue
                if closed and not (start in inside and (end in inside or end == stop)):
                    continue
                found = _divided(start, end, edges, halvings)
                if found:
                    return found
    return None


def _divided(start: int, end: int, edges: list[int], halvings: int) -> Span | None:
    """The tuplet [start, end) whose notes, halved `halvings` times, all `edges` inside fall on."""
    within = edges[bisect_right(edges, start) : bisect_left(edges, end)]
    for actual, normal in TUPLETS:
        parts = actual << halvings
        if (end - start) % parts == 0 and all((edge - start) % ((end - start) // parts) == 0 for edge in within):
            return Span(start, end, actual, normal)
    return None


def written(start: int, stop: int, frame: Frame, spans: list[Span]) -> list[Value]:
    """The values that, tied, say ticks [start, stop): cut at the borders of tuplets, then by the beat."""
    borders = {edge for span in spans for edge in (span.start, span.stop) if start < edge < stop}
    points = [start, *sorted(borders), stop]
    return [value for begin, end in pairwise(points) for value in _values(begin, end, frame, spans)]


def _values(start: int, stop: int, frame: Frame, spans: list[Span]) -> list[Value]:
    span = next((s for s in spans if s.start <= start and stop <= s.stop), None)
    actual, normal = (span.actual, span.normal) if span else (1, 1)
    place = frame.units(start - (span.start if span else frame.anchor), actual, normal)
    length = frame.units(stop - start, actual, normal)
    if place is None or length is None or length % SMALLEST or place % SMALLEST:
        return [Value(start, stop, nearest_type(stop - start, frame.tpq), 0, span)]
    out, at = [], start
    for units in split_units(place, length, WHOLE // 4 if span else frame.beat):
        if units not in VALUES:
            return [Value(start, stop, nearest_type(stop - start, frame.tpq), 0, span)]
        end = at + units * 4 * frame.tpq * normal // (WHOLE * actual)
        out.append(Value(at, end, *VALUES[units], span))
        at = end
    return out


def nearest_type(ticks: int, tpq: int) -> str:
    """The type whose length is nearest to `ticks` on a logarithmic scale, for lengths no sign says."""
    units = max(ticks, 1) * WHOLE / (4 * tpq)
    return min(TYPES, key=lambda name: max(BASES[name] / units, units / BASES[name]))
