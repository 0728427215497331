"""How a line goes on where the piece has had it before: what a listener expects, and whether it comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 8  # notes of a line that are looked back for
REACH = 256  # notes back that are remembered

Whole = NDArray[np.int64]


def remembered(intervals: Whole, gaps: Whole) -> tuple[Whole, Whole]:
    """Two int64[N] for N - 1 moves between notes: what is remembered, and how many notes ago that stood.

    What: 0, or 2 k - 1 where the k moves that lead to a note's own have stood earlier in the piece and never went
    on as here, or 2 k where they did; k is the longest, at most LONGEST. Of several places the last one counts.
    Moves are equal in semitones and time, whatever the key.
    """
    moves = intervals * 4096 + np.minimum(gaps, 4095)
    code, ago = np.zeros((2, len(moves) + 1), np.int64)
    for start in range(0, len(moves), REACH):
        stop = min(start + REACH, len(moves))
        found = _in_block(moves[max(0, start - REACH) : stop])
        code[start + 1 : stop + 1], ago[start + 1 : stop + 1] = (one[start - stop :] for one in found)
    return code, ago


def _in_block(moves: Whole) -> tuple[Whole, Whole]:
    """(int64[M], int64[M]) of every move of a block, of which all before are remembered."""
    count = len(moves)
    same = np.tril(moves[:, None] == moves[None, :], -1)  # the past only
    led = np.ones((count, count), np.bool_)  # whether the k moves before i and before j are the same
    code, ago = np.zeros((2, count), np.int64)
    for length in range(1, LONGEST + 1):
        before = np.zeros_like(led)
        before[1:, 1:] = led[:-1, :-1] & same[:-1, :-1]
        led = before
        found = np.flatnonzero(led.any(axis=1))
        if not len(found):
            break
        on = led[found] & same[found]
        agrees = on.any(axis=1)
        code[found] = 2 * length - 1 + agrees
        places = np.where(agrees[:, None], on, led[found])
        ago[found] = found - (count - 1 - places[:, ::-1].argmax(axis=1))
    return code, ago
