"""Where the bars of a Score begin, from its meter map and its pickup."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from etude.score.score import Score
from etude.score.tables import Mark

HIDDEN = "[|]"  # text of a barline mark where the meter expects a bar line that is not written


def bar_ticks(score: Score, tick: int = 0) -> int:
    """The length in ticks of a full bar in the meter that holds at `tick`."""
    row = score.meters[max(0, int(np.searchsorted(score.meters["tick"], tick, side="right")) - 1)]
    return max(1, score.tpq * 4 * int(row["numerator"]) // int(row["denominator"]))


def pickup_ticks(score: Score) -> int:
    """The length in ticks of the incomplete first bar; 0 when the piece starts with a full one."""
    return next((int(mark.text or 0) for mark in score.marks if mark.kind == "pickup"), 0)


def bar_starts(score: Score) -> NDArray[np.int64]:
    """Int64[B + 1]: the tick each bar begins, then the tick at which the last one ends (>= score.end).

    A change of meter inside a bar begins a new bar there, and so does a barline mark with the text "|". A Score
    without notes has one empty bar.
    """
    restarts = {mark.tick for mark in score.marks if mark.kind == "barline" and mark.text == "|"}
    changes = sorted(restarts.union(int(tick) for tick in score.meters["tick"]))
    starts, tick = [0], pickup_ticks(score)
    if tick:
        starts.append(tick)
    end = score.end
    while starts[-1] < end or len(starts) < 2:
        here = starts[-1]
        following = here + bar_ticks(score, here)
        nearest = bisect_right(changes, here)
        starts.append(min([following, *changes[nearest : nearest + 1]]))
    return np.asarray(starts, np.int64)


def count_bars(score: Score) -> int:
    """How many bars are written; an upbeat is none, parts of a bar around a repeat are one together."""
    starts = bar_starts(score).tolist()
    if pickup_ticks(score):
        del starts[0]
    full: float = sum((end - at) / bar_ticks(score, at) for at, end in pairwise(starts))
    return ceil(full - 1e-6)


def grid_marks(
    lines: Iterable[int], end: int, meters: Sequence[tuple[int, ...]], signs: set[int], tpq: int
) -> list[Mark]:
    """The marks that make `bar_starts` equal the written bar lines (ticks).

    "pickup" for a short first bar; a barline "|" where a bar is written although the meter expects none, so
    that bars count from there; "[|]" where the meter expects a bar line and none is written. A bar that a
    repeat sign cuts in two needs no mark.
    """
    written = sorted({line for line in lines if line > 0})
    if not written or written[0] >= end:
        return []
    if written[-1] < end:
        written.append(end)
    grid = _Grid(meters, tpq)
    marks = []
    here = at = 0
    if written[0] < grid.after(0):
        marks.append(Mark(0, "pickup", str(written[0])))
        here, at = written[0], 1
    while at < len(written):
        line, expected = written[at], grid.after(here)
        if line > expected:
            marks.append(Mark(expected, "barline", HIDDEN))
            here = expected
            continue
        at += 1
        cut_in_two = line in signs and at < len(written) and written[at] == expected
        if line < expected and line < end and not cut_in_two:
            marks.append(Mark(line, "barline", "|"))
        if line == expected or not cut_in_two:
            here = line
    return marks


class _Grid:
    """Where the meter expects bar lines."""

    def __init__(self, meters: Sequence[tuple[int, ...]], tpq: int) -> None:
        rows = {0: (4, 4), **{row[0]: (row[1], row[2]) for row in meters}}
        self.ticks = sorted(rows)
        self.lengths = [max(1, tpq * 4 * rows[tick][0] // rows[tick][1]) for tick in self.ticks]

    def after(self, tick: int) -> int:
        """The next expected bar line."""
        row = bisect_right(self.ticks, tick) - 1
        change = self.ticks[row + 1] if row + 1 < len(self.ticks) else tick + self.lengths[row]
        return min(change, tick + self.lengths[row])
