"""How punctual a player was: lateness, chords, drift, from what was scheduled and what was sent."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MS = 1e6  # nanoseconds
TEN_MINUTES = 600.0  # seconds
BLOCKS = 20  # of the run, for the drift's interval
NORMAL = 1.96  # half the width of a 95 % interval, in standard errors


@dataclass(frozen=True)
class Spread:
    """Milliseconds: the median, the 99th percentile, and the largest."""

    p50: float
    p99: float
    max: float

    def answer(self) -> dict[str, float]:
        """Rounded to a microsecond."""
        return {name: round(value, 3) for name, value in vars(self).items()}


def spread(ms: NDArray[np.float64]) -> Spread | None:
    """The Spread of `ms` (float64[N]); None for no values."""
    if not len(ms):
        return None
    middle, high = np.percentile(ms, [50, 99])
    return Spread(float(middle), float(high), float(ms.max()))


@dataclass(frozen=True)
class Drift:
    """Milliseconds gained or lost in ten minutes, with a 95 % interval."""

    ms: float
    low: float
    high: float


class Timing:
    """Moments of sending, 12 bytes each."""

    def __init__(self) -> None:
        self.due, self.late = array("q"), array("f")  # ns, ms

    def add(self, due: int, sent: int) -> None:
        """One message that was to go at `due` and had gone by `sent` (ns)."""
        self.due.append(due)
        self.late.append((sent - due) / MS)

    def __len__(self) -> int:
        """The number of messages."""
        return len(self.due)

    def first(self, count: int | None) -> Timing:
        """Only the first `count` messages; None: all."""
        part = Timing()
        part.due, part.late = self.due[:count], self.late[:count]
        return part

    def lateness(self) -> Spread | None:
        """Sent minus scheduled."""
        return spread(np.asarray(self.late, np.float64))

    def earliest(self) -> float:
        """Milliseconds of the message that went most too early, negative; 0 when none did."""
        return min([0.0, *self.late])

    def chords(self) -> Spread | None:
        """From the first to the last message of what was to go at one moment."""
        due, late = np.asarray(self.due, np.int64), np.asarray(self.late, np.float64)
        if not len(due):
            return None
        starts = np.flatnonzero(np.diff(due, prepend=due[0] - 1))
        several = np.diff(np.append(starts, len(due))) > 1
        widths = np.maximum.reduceat(late, starts) - np.minimum.reduceat(late, starts)
        return spread(widths[several])

    def drift(self) -> Drift | None:
        """The slope of lateness over the run, for ten minutes; None below three seconds of playing.

        A straight line through the medians of 20 stretches, so that single late messages do not tilt it.
        The interval is the usual one of its slope.
        """
        seconds = (np.asarray(self.due, np.float64) - (self.due[0] if self.due else 0)) / 1e9
        late = np.asarray(self.late, np.float64)
        if len(late) < BLOCKS * 4 or seconds[-1] < 3:
            return None
        parts = np.array_split(np.arange(len(late)), BLOCKS)
        x = np.array([seconds[part].mean() for part in parts])
        y = np.array([np.median(late[part]) for part in parts])
        rise = x - x.mean()
        slope = float((rise * y).sum() / (rise**2).sum())
        error = y - y.mean() - slope * rise
        half = NORMAL * float(np.sqrt((error**2).sum() / (BLOCKS - 2) / (rise**2).sum()))
        return Drift(*(TEN_MINUTES * value for value in (slope, slope - half, slope + half)))


def steadiness(moments: NDArray[np.int64], interval: float) -> Spread | None:
    """How far each step between `moments` (int64[N], ns) is from `interval` (ns), in milliseconds."""
    return spread(np.abs(np.diff(moments) - interval) / MS)


def as_answer(value: Spread | None) -> dict[str, Any] | None:
    """The JSON of a Spread, None where there is none."""
    return value.answer() if value else None
