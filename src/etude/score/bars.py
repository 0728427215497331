"""Where the bars of a Score begin, from its meter map and its pickup."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from etude.score.score import Score


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
    while starts[-1] < score.end or len(starts) < 2:
        here = starts[-1]
        following = here + bar_ticks(score, here)
        nearest = bisect_right(changes, here)
        starts.append(min([following, *changes[nearest : nearest + 1]]))
    return np.asarray(starts, np.int64)
