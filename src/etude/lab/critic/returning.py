"""After how long a piece comes back to itself, and which notes are then the same: the form as it is heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

LEAST, MOST = 4, 64  # quarters after which a piece may come back
FAIR = 8  # notes that a return must have to count for much
LAGS = 2  # returns that are followed
KINDS = 9  # of a note: not there, the same, another; before times after
WIDEST = 1024  # notes among which returns are looked for


def returns(pitches: Whole, onsets: Whole, quarter: int) -> Whole:
    """Int64[LAGS, N]: of every note 3 b + a for each of the LAGS times after which most notes come back.

    b says what stood that long before the note, a what stands that long after it: 0 no onset, 1 the same pitch,
    2 another one.
    """
    out = np.zeros((LAGS, len(pitches)), np.int64)
    for start in range(0, len(pitches), WIDEST):
        here = slice(start, start + WIDEST)
        own, times = pitches[here], onsets[here]
        apart = times[:, None] - times[None, :]
        same = own[:, None] == own[None, :]
        for row, lag in enumerate(_lags(apart, same, times, quarter)):
            there = apart == lag * quarter
            then = _kind(there, same)
            out[row, here] = 3 * then + _kind(there.T, same.T)
    return out


def _lags(apart: Whole, same: NDArray[np.bool_], times: Whole, quarter: int) -> list[int]:
    """The quarters after which the largest shares of notes come back, the largest first."""
    far = apart[same & (apart % quarter == 0)] // quarter
    counts = np.bincount(far[(far >= LEAST) & (far <= MOST)], minlength=MOST + 1).astype(np.float64)
    reach = (times[-1] - times) // quarter  # quarters left after each note
    could = np.array([(reach >= lag).sum() for lag in range(MOST + 1)])
    shares = counts / (could + FAIR)
    found = np.argsort(-shares, kind="stable")[:LAGS]
    return [int(lag) for lag in found if counts[lag]]


def _kind(there: NDArray[np.bool_], same: NDArray[np.bool_]) -> Whole:
    """Int64[N]: 0 nothing there, 1 the same pitch there, 2 another."""
    return np.where((there & same).any(axis=1), 1, np.where(there.any(axis=1), 2, 0))
