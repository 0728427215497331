"""Bar lines of written music: how they differ from what the meter expects, and which bars are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.score import Mark, Score, bar_starts

SIGNS = ("repeat_start", "repeat_end", "ending", "barline")
HIDDEN = "[|]"


def grid_marks(
    lines: Sequence[int], end: int, meters: Sequence[tuple[int, ...]], signs: set[int], tpq: int
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
        row = int(np.searchsorted(self.ticks, tick, side="right")) - 1
        change = self.ticks[row + 1] if row + 1 < len(self.ticks) else tick + self.lengths[row]
        return min(change, tick + self.lengths[row])


def bar_lines(score: Score) -> NDArray[np.int64]:
    """Int64[L]: the ticks inside the piece at which a bar line of any kind stands, in order."""
    hidden = {mark.tick for mark in score.marks if mark.kind == "barline" and mark.text == HIDDEN}
    signs = {mark.tick for mark in score.marks if mark.kind in SIGNS and mark.text != HIDDEN}
    lines = (set(bar_starts(score).tolist()) - hidden) | signs
    return np.array(sorted(line for line in lines if 0 < line < score.end), np.int64)


def simple_parts(start: int, stop: int) -> list[int]:
    """The ticks at which a note in [start, stop) is cut so that each part is one note head with up to two dots."""
    cuts: list[int] = []
    left = stop - start
    if left % 15 or left > 7680 * 16:
        return []
    while not _is_simple(left):
        part = next(value for value in _SIMPLE if value < left)
        cuts.append((cuts[-1] if cuts else start) + part)
        left -= part
    return cuts


_SIMPLE = sorted({15 * 2**power * dots for power in range(14) for dots in (1, 3, 7)}, reverse=True)
_SIMPLE_SET = frozenset(_SIMPLE)


def _is_simple(ticks: int) -> bool:
    return ticks in _SIMPLE_SET


@dataclass(frozen=True)
class BarError:
    """One bar that does not fit: its number (from 1), where it starts, its length and the expected one in ticks."""

    bar: int
    tick: int
    length: int
    expected: int
    problem: str
