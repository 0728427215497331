"""Where the bar lines of written music stand."""

from __future__ import annotations

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
    end = score.end
    return np.array(sorted(line for line in lines if 0 < line < end), np.int64)
