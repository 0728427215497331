"""Bar lines of written music: how they differ from what the meter expects, and which bars are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, bar_starts
from etude.score.bars import HIDDEN

SIGNS = ("repeat_start", "repeat_end", "barline")


def bar_lines(score: Score) -> NDArray[np.int64]:
    """Int64[L]: the ticks inside the piece at which a bar line of any kind stands, in order."""
    hidden = {mark.tick for mark in score.marks if mark.kind == "barline" and mark.text == HIDDEN}
    signs = {mark.tick for mark in score.marks if mark.kind in SIGNS and mark.text != HIDDEN}
    lines = (set(bar_starts(score).tolist()) - hidden) | signs
    return np.array(sorted(line for line in lines if 0 < line < score.end), np.int64)


@dataclass(frozen=True)
class BarError:
    """One bar that does not fit: its number (from 1), where it starts, its length and the expected one in ticks."""

    bar: int
    tick: int
    length: int
    expected: int
    problem: str
