"""Laying the measures of all parts side by side: where each begins, and the maps of meter, key and tempo."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

from etude import limits
from etude.errors import Reason
from etude.formats.musicxml.raw import Measure

DEFAULT_METER = (4, 4)


@dataclass(frozen=True)
class Timeline:
    """Where the measures begin (the last entry is the end of the piece), and what the bar lines follow."""

    starts: list[int]
    meters: list[tuple[int, int, int]]
    pickup: int  # ticks; 0 when the first measure is full


@dataclass(frozen=True)
class Column:
    """What stands between two bar lines in all parts: its length, and the meter that holds."""

    length: int
    meter: tuple[int, int]
    full: int  # the length that the meter asks for
    said: bool  # whether a time signature stands at its start
    counted: bool  # not a pickup or the rest of a split bar


def lay_out(parts: list[list[Measure]], tpq: int) -> Timeline:
    """The timeline of parts that are measured together. A measure is as long as its longest part."""
    count = max(len(measures) for measures in parts)
    stacks = [[measures[k] for measures in parts if k < len(measures)] for k in range(count)]
    columns = _columns(stacks, tpq)
    starts = [0]
    for stack, column in zip(stacks, columns):
        starts.append(starts[-1] + column.length)
        if starts[-1] > limits.TICKS:
            raise stack[0].refuse("the piece is longer than time can be counted", Reason.BAD_TIME)
    pickup = _pickup(columns, starts)
    return Timeline(starts, _meters(columns, starts, pickup) + _late(stacks, starts), pickup)


def _columns(stacks: list[list[Measure]], tpq: int) -> list[Column]:
    out = []
    meter = DEFAULT_METER
    for stack in stacks:
        said = next((measure.meters for measure in stack if measure.meters), [])
        length = max(measure.length for measure in stack)
        at_start = [row for row in said if row[0] == 0]
        if at_start:
            meter = at_start[-1][1:] if at_start[-1][2] else _meter_for(length, tpq)
        full = max(1, tpq * 4 * meter[0] // meter[1])
        out.append(Column(length or full, meter, full, bool(at_start), not stack[0].implicit))
        late = [row[1:] for row in said if row[0] > 0 and row[2]]
        meter = late[-1] if late else meter
    return out


def _pickup(columns: list[Column], starts: list[int]) -> int:
    """The length of the first bar, if it is short and another one follows. What is not counted belongs to it."""
    second = next((k for k in range(1, len(columns)) if columns[k].counted), None)
    return starts[second] if second and starts[second] < columns[0].full else 0


def _meter_for(length: int, tpq: int) -> tuple[int, int]:
    """A meter whose bar is as long as a measure that was written without one."""
    for denominator in (4, 8, 16, 32, 64):
        numerator, rest = divmod(length * denominator, 4 * tpq)
        if not rest and 0 < numerator < 2**15:
            return numerator, denominator
    return DEFAULT_METER


def _meters(columns: list[Column], starts: list[int], pickup: int) -> list[tuple[int, int, int]]:
    """METER rows that put a bar line at the start of each measure, save those that are parts of one full bar."""
    rows = [(0, *columns[0].meter)]
    bar = pickup  # where the bar begins that we are in
    for k in range(1, len(columns)):
        start, column = starts[k], columns[k]
        if start < pickup:
            continue
        aligned = (start - bar) % column.full == 0
        changed = column.meter != rows[-1][1:]
        goes_on = not column.said and (not column.counted or _completes(columns, starts, k, bar))
        if changed or not (aligned or goes_on):
            rows.append((start, *column.meter))
            bar = start
        elif aligned:
            bar = start
    return rows


def _completes(columns: list[Column], starts: list[int], k: int, bar: int) -> bool:
    """Whether the measures from `k` on fill up the bar that began at tick `bar`."""
    end = bar + columns[k].full
    for j in range(k, len(columns)):
        if starts[j + 1] >= end or columns[j].meter != columns[k].meter:
            return starts[j + 1] == end
    return True  # the piece ends in the middle of a bar


def _late(stacks: list[list[Measure]], starts: list[int]) -> list[tuple[int, int, int]]:
    """Changes of meter inside a measure."""
    return [
        (start + tick, above, below)
        for stack, start in zip(stacks, starts)
        for tick, above, below in next((measure.meters for measure in stack if measure.meters), [])
        if tick > 0 and below
    ]


def ticks_per_quarter(divisions: list[int]) -> tuple[int, bool]:
    """(ticks, exact): 480 where every one of `divisions` divides it, else their least common multiple.

    A file that would need more than 32767, the most a MIDI file can say, is counted in 10080 and rounded.
    """
    wanted = 1
    for value in divisions:
        wanted = lcm(wanted, value)
        if wanted > 32767:
            return 10080, False
    return (480 if 480 % wanted == 0 else wanted), True
