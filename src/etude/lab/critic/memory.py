"""How a line goes on where the piece has had it before: what a listener expects, and whether it comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 8  # notes of a line that are looked back for
REACH = 512  # notes back that are remembered

Whole = NDArray[np.int64]


def remembered(intervals: Whole, gaps: Whole) -> Whole:
    """Int64[N] for N - 1 moves between notes: 0, or 2 k - 1 where the k moves that lead to a note's own have
    stood earlier in the piece and never went on as here, or 2 k where they did; k is the longest, at most LONGEST.

    Moves are equal in semitones and time, whatever the key.
    """
    moves = intervals * 4096 + np.minimum(gaps, 4095)
    out = np.zeros(len(moves) + 1, np.int64)
    for start in range(0, len(moves), REACH):
        out[start + 1 : start + REACH + 1] = _in_block(moves[max(0, start - REACH) : start + REACH])[
            -len(moves[start : start + REACH]) :
        ]
    return out


def _in_block(moves: Whole) -> Whole:
    """Int64[M]: the code of every move of a block, of which all before are remembered."""
    count = len(moves)
    same = moves[:, None] == moves[None, :]
    same &= np.arange(count)[:, None] > np.arange(count)[None, :]  # the past only
    led = np.ones((count, count), np.bool_)  # whether the k moves before i and before j are the same
    code = np.zeros(count, np.int64)
    for length in range(1, LONGEST + 1):
        before = np.zeros_like(led)
        before[1:, 1:] = led[:-1, :-1] & same[:-1, :-1]
        led = before
        found = led.any(axis=1)
        if not found.any():
            break
        agrees = (led & same).any(axis=1)
        code = np.where(found, 2 * length - 1 + agrees, code)
    return code
