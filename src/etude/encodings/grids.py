"""Grids of times and velocities: what a value of a field stands for, and the value nearest to what was played."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Grid:
    """Whole numbers of ticks, dense for short times and coarser by the octave for long ones.

    Every multiple of one tick up to `fine`; above, `per_octave` evenly spaced values between each power of two
    times `fine` and the next, for `octaves` octaves. The error in the coarse part is below 1 / per_octave of the
    value, as the ear judges time (Weber's law).
    """

    def __init__(self, fine: int, per_octave: int, octaves: int, *, zero: bool) -> None:
        parts = [np.arange(0 if zero else 1, fine + 1)]
        for octave in range(octaves):
            parts.append((fine << octave) + np.arange(1, per_octave + 1) * ((fine << octave) // per_octave))
        self.ticks: NDArray[np.int32] = np.concatenate(parts).astype(np.int32)
        self.longest = int(self.ticks[-1])
        every = np.arange(self.longest + 1)
        below = np.clip(np.searchsorted(self.ticks, every, side="right") - 1, 0, None)
        above = np.clip(below + 1, None, len(self.ticks) - 1)
        closer = np.abs(self.ticks[above] - every) < np.abs(every - self.ticks[below])
        self._floor = below.astype(np.int32)
        self._nearest = np.where(closer, above, below).astype(np.int32)

    def __len__(self) -> int:
        """How many values the grid has."""
        return len(self.ticks)

    def nearest(self, ticks: ArrayLike) -> NDArray[np.int32]:
        """Int32, the shape of `ticks`: the value nearest to each; what is longer than the longest becomes it."""
        return self._nearest[np.minimum(np.maximum(ticks, 0), self.longest)]

    def floor(self, ticks: ArrayLike) -> NDArray[np.int32]:
        """Int32, the shape of `ticks`: the largest value that is not longer (the shortest if there is none)."""
        return self._floor[np.minimum(np.maximum(ticks, 0), self.longest)]


def velocity_bins(count: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(int32[128] the bin of each MIDI velocity, int32[count] the velocity each bin stands for).

    One bin stands for 80, the velocity of notated music.
    """
    if count == 1:
        return np.zeros(128, np.int32), np.array([80], np.int32)
    heard = np.arange(1, 128)
    bins = (heard - 1) * count // 127
    middles = [round(float(heard[bins == index].mean())) for index in range(count)]
    return np.append(0, bins).astype(np.int32), np.array(middles, np.int32)
