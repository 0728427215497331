"""Laying the measures of all parts side by side: where each begins, and the maps of meter, key and tempo."""

from __future__ import annotations

from dataclasses import dataclass

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


def lay_out(parts: list[list[Measure]], tpq: int) -> Timeline:
    """The timeline of parts that are measured together. A measure is as long as its longest part."""
    count = max(len(measures) for measures in parts)
    columns = [[measures[k] for measures in parts if k < len(measures)] for k in range(count)]
    lengths, nominal, declared = [], [], []
    meter = DEFAULT_METER
    for column in columns:
        said = next((measure.meters for measure in column if measure.meters), [])
        length = max(measure.length for measure in column)
        at_start = [row for row in said if row[0] == 0]
        if at_start:
            meter = at_start[-1][1:] if at_start[-1][2] else _meter_for(length, tpq)
        nominal.append(tpq * 4 * meter[0] // meter[1])
        lengths.append(length or nominal[-1])
        declared.append(meter)
        late = [row[1:] for row in said if row[0] > 0 and row[2]]
        meter = late[-1] if late else meter
    starts = [0]
    for column, length in zip(columns, lengths):
        starts.append(starts[-1] + length)
        if starts[-1] > limits.TICKS:
            raise column[0].refuse("the piece is longer than time can be counted", Reason.BAD_TIME)
    pickup = lengths[0] if count > 1 and lengths[0] < nominal[0] else 0
    meters = _meters(starts, nominal, declared, pickup) + _late(columns, starts)
    return Timeline(starts, meters, pickup)


def _meter_for(length: int, tpq: int) -> tuple[int, int]:
    """A meter whose bar is as long as a measure that was written without one."""
    for denominator in (4, 8, 16, 32, 64):
        numerator, rest = divmod(length * denominator, 4 * tpq)
        if not rest and 0 < numerator < 2**15:
            return numerator, denominator
    return DEFAULT_METER


def _meters(
    starts: list[int], nominal: list[int], declared: list[tuple[int, int]], pickup: int
) -> list[tuple[int, int, int]]:
    """METER rows that put a bar line at the start of each measure, save those that are parts of one full bar."""
    rows = [(0, *declared[0])]
    bar = pickup  # where the bar begins that we are in
    for k in range(1, len(declared)):
        start, full = starts[k], nominal[k]
        changed = declared[k] != declared[k - 1]
        if changed or not ((start - bar) % full == 0 or _completes(starts, nominal, k, bar)):
            rows.append((start, *declared[k]))
            bar = start
        elif (start - bar) % full == 0:
            bar = start
    return rows


def _completes(starts: list[int], nominal: list[int], k: int, bar: int) -> bool:
    """Whether the measures from `k` on fill up the bar that began at tick `bar`."""
    end = bar + nominal[k]
    for j in range(k, len(nominal)):
        if starts[j + 1] >= end or nominal[j] != nominal[k]:
            return starts[j + 1] == end
    return True  # the piece ends in the middle of a bar


def _late(columns: list[list[Measure]], starts: list[int]) -> list[tuple[int, int, int]]:
    """Changes of meter inside a measure."""
    return [
        (start + tick, above, below)
        for column, start in zip(columns, starts)
        for tick, above, below in next((measure.meters for measure in column if measure.meters), [])
        if tick > 0 and below
    ]


def ticks_per_quarter(divisions: list[int]) -> tuple[int, bool]:
    """(ticks, exact): 480 where every one of `divisions` divides it, else their least common multiple.

    A file that would need more than 32767, the most a MIDI file can say, is counted in 10080 and rounded.
    """
    from math import lcm

    wanted = 1
    for value in divisions:
        wanted = lcm(wanted, value)
        if wanted > 32767:
            return 10080, False
    return (480 if 480 % wanted == 0 else wanted), True
