"""The notes of one part in one bar as staves and voices: chords, what follows what, and where nothing sounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from etude.formats.musicxml.bars import Bar
from etude.formats.musicxml.values import Span, Value, tuplet_spans, written
from etude.score import Table

MIDDLE_C = 60
UNISON = 1000  # voices above this number hold notes that sound with another of the same pitch


@dataclass(frozen=True)
class Head:
    """One pitch of a chord within a bar, and whether it is tied from before and to what comes after."""

    pitch: int
    velocity: int
    before: bool = False
    after: bool = False
    accidental: str = ""


@dataclass(frozen=True)
class Sign:
    """What one note sign says: a value, and the heads at it (none: a rest)."""

    value: Value
    heads: tuple[Head, ...] = ()
    beams: tuple[str, ...] = ()
    hidden: bool = False  # a gap in a second voice: nothing is printed


@dataclass
class Chord:
    """Notes that begin and end together, clipped to the bar."""

    start: int
    stop: int
    heads: list[Head] = field(default_factory=list)


def needs_two_staves(notes: Table, drums: bool) -> bool:
    """Whether a part is wide enough to be read from a treble and a bass staff, as a keyboard player does."""
    if drums or len(notes) < 8:
        return False
    low, high = np.percentile(notes["pitch"], [10, 90])
    return bool(low < MIDDLE_C - 8 and high > MIDDLE_C + 7)


def unison_layers(notes: Table) -> list[int]:
    """For each note of a part, in order of onset, how many of the same pitch sound when it begins."""
    ends: dict[int, list[int]] = {}  # pitch -> the tick at which each layer is free
    out = []
    for onset, duration, pitch, _, _ in notes.tolist():
        layers = ends.setdefault(pitch, [])
        layer = next((index for index, end in enumerate(layers) if end <= onset), len(layers))
        layers[layer : layer + 1] = [onset + max(duration, 1)]
        out.append(layer)
    return out


def voices_of(
    notes: Table, layers: list[int], bar: Bar, ties: frozenset[tuple[int, int]]
) -> list[tuple[int, list[Sign]]]:
    """(number, signs) of the voices of one staff, each filling the bar; always one at least.

    `notes` are NOTE rows that sound in the bar, `layers` their `unison_layers`, `ties` the (tick, pitch) of ties
    that are written inside it. A note that begins while its own pitch sounds gets a voice by itself with a number
    that stays the same from bar to bar, so that a reader can tell which of the two a tie goes on with.
    """
    rows = notes.tolist()
    lanes: list[list[Chord]] = []
    for chord in _chords([row for row, layer in zip(rows, layers) if layer == 0], bar):
        lane = next((one for one in lanes if one[-1].stop <= chord.start), None)
        if lane is None:
            lane = []
            lanes.append(lane)
        lane.append(chord)
    numbered = dict(enumerate(lanes or [[]], 1))
    for row, layer in zip(rows, layers):
        if layer:
            numbered.setdefault(UNISON * layer + row[2], []).extend(_chords([row], bar))
    return [(number, _signs(lane, bar, ties, second=number > 1)) for number, lane in numbered.items()]


def _chords(rows: list[tuple[int, ...]], bar: Bar) -> list[Chord]:
    """Chords by onset, the highest first, so that the upper voice is the first one."""
    found: dict[tuple[int, int], Chord] = {}
    for onset, duration, pitch, velocity, _ in rows:
        end = onset + max(duration, 1)
        start, stop = max(onset, bar.start), min(end, bar.stop)
        chord = found.setdefault((start, stop), Chord(start, stop))
        chord.heads.append(Head(pitch, velocity, onset < bar.start, end > bar.stop))
    return sorted(found.values(), key=lambda c: (c.start, -max(head.pitch for head in c.heads), -c.stop))


def _signs(lane: list[Chord], bar: Bar, ties: frozenset[tuple[int, int]], second: bool) -> list[Sign]:
    edges = sorted({bar.start, *(edge for chord in lane for edge in (chord.start, chord.stop))})
    spans = tuplet_spans(edges, bar.frame, bar.stop)
    out: list[Sign] = []
    at = bar.start
    for chord in [*lane, Chord(bar.stop, bar.stop)]:
        if chord.start > at:
            gaps = written(at, chord.start, bar.frame, spans)
            out += [Sign(value, hidden=second and value.span is None) for value in gaps]
        if chord.heads:
            out += _tied(chord, bar, spans, ties)
        at = chord.stop
    return out


def _tied(chord: Chord, bar: Bar, spans: list[Span], ties: frozenset[tuple[int, int]]) -> Iterable[Sign]:
    """The signs of one chord, tied to each other."""
    joins = sorted({tick for tick, pitch in ties if chord.start < tick < chord.stop and _has(chord, pitch)})
    points = [chord.start, *joins, chord.stop]
    values = [value for a, b in pairwise(points) for value in written(a, b, bar.frame, spans)]
    for index, value in enumerate(values):
        first, last = index == 0, index == len(values) - 1
        heads = [replace(h, before=h.before or not first, after=h.after or not last) for h in chord.heads]
        yield Sign(value, tuple(sorted(heads, key=lambda head: head.pitch)))


def _has(chord: Chord, pitch: int) -> bool:
    return any(head.pitch == pitch for head in chord.heads)
