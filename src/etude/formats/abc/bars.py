"""Bar lines of written music: how they differ from what the meter expects, and which bars are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, bar_starts
from etude.score.bars import HIDDEN

SIGNS = ("repeat_start", "repeat_end", "ending", "barline")


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
