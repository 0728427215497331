"""Where steps can be cut into what comes before, a gap, and what comes after; each encoding says so for its own.

A cut is a tick of the decoded music. The part behind a cut must be understood by itself: a wait that was counted
from a note in the gap is counted from the cut instead, a duration that held is named again. `joined` undoes that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import END, Steps
from etude.score import Score

Ticks = NDArray[np.int64]
HEAD = -1  # the tick of steps before the music: begin and header


class Cutting:
    """How steps of `encoding` are cut. A subclass says when its steps sound, the rest follows.

    quarters   whether ticks count quarters of the Score; else they count time at 120 quarters a minute
    ties       whether a note that sounds across a cut is held behind it; else its length stands with the note
    ends       whether the end step stands where the piece ends
    """

    ties = ends = True

    def __init__(self, encoding: Any) -> None:
        self.encoding = encoding

    @property
    def quarters(self) -> bool:
        """Whether the encoding keeps written time rather than seconds."""
        return getattr(self.encoding, "time", "scored") == "scored"

    def ticks(self, steps: Steps) -> Ticks:
        """Int64[T], rising: the tick each of `steps` (int32[T, K], framed) begins at; HEAD before the music."""
        raise NotImplementedError

    def lines(self, steps: Steps) -> Ticks:
        """Int64[C], rising: where training may cut. `rearranged` can be undone there."""
        ticks = self.ticks(steps)
        return np.arange(0, int(ticks[-1]) + 1, self.encoding.tpq, dtype=np.int64)

    def place(self, ticks: Ticks, tick: int) -> int:
        """The number of the first step of music (or the end step) at `tick` or later."""
        return min(int(np.searchsorted(ticks, max(tick, 0))), len(ticks) - 1)

    def alone(self, steps: Steps, place: int, tick: int) -> Steps:
        """Int32[N, K]: the steps from number `place` on, cut at `tick`, without the end step, to stand alone."""
        return np.array(steps[place : len(steps) - int(steps[-1, 0] == END)], np.int32)

    def joined(self, before: Steps, after: Steps, tick: int) -> Steps:
        """Int32[T, K]: `before`, then what `alone` made of the steps behind `tick`."""
        return np.concatenate([before, after]).astype(np.int32)

    def parts(self, score: Score) -> list[tuple[int, ...]]:
        """For each track of the encoding, the tracks of `score` whose notes it holds."""
        return [pitched(score)]

    def to_ticks(self, score: Score, ticks: Ticks) -> Ticks:
        """Int64: ticks of `score` as ticks of the encoding."""
        if self.quarters:
            return np.asarray(np.rint(np.asarray(ticks) * self.encoding.tpq / score.tpq), np.int64)
        return np.asarray(np.rint(score.seconds(ticks) * 2 * self.encoding.tpq), np.int64)

    def from_ticks(self, score: Score, ticks: Ticks) -> NDArray[np.float64]:
        """Float64: ticks of the encoding as ticks of `score`, not rounded."""
        if self.quarters:
            return np.asarray(np.asarray(ticks) * (score.tpq / self.encoding.tpq), np.float64)
        return score.ticks(np.asarray(ticks) / (2 * self.encoding.tpq))


def pitched(score: Score) -> tuple[int, ...]:
    """The tracks with notes that are no drums."""
    used = np.unique(score.notes["track"]).tolist()
    return tuple(track for track in used if not score.tracks[track].is_drum)


class WaitCuts(Cutting):
    """Notes or chords that say how long after the one before they come, in the field called "step"."""

    ties = ends = False

    def __init__(self, encoding: Any) -> None:
        super().__init__(encoding)
        self.field = next(k for k, field in enumerate(encoding.fields) if field.name == "step")
        self.first = 2 if self.field == 0 else 0  # value of no wait
        self.grid = getattr(encoding, "notes", encoding).steps_grid

    def _waits(self, steps: Steps) -> Ticks:
        """Int64[T]: the wait before each step; 0 for those that are no notes."""
        values = np.asarray(steps)[:, self.field] - self.first
        music = np.asarray(steps)[:, 0] > END
        return np.where(music, self.grid.ticks[np.where(music, values, 0)], 0).astype(np.int64)

    def ticks(self, steps: Steps) -> Ticks:
        """See `Cutting.ticks`; the end step stands where the last note begins."""
        out = np.cumsum(self._waits(steps))
        out[0] = HEAD
        return out

    def lines(self, steps: Steps) -> Ticks:
        """The quarters from which the wait for the next note can be written."""
        ticks = self.ticks(steps)
        found = super().lines(steps)
        places = np.searchsorted(ticks, found)
        return found[np.isin(ticks[np.minimum(places, len(ticks) - 1)] - found, self.grid.ticks)]

    def alone(self, steps: Steps, place: int, tick: int) -> Steps:
        """The first wait counts from the cut."""
        out = super().alone(steps, place, tick)
        if len(out):
            onset = int(self.ticks(steps)[place])
            out[0, self.field] = self.first + int(self.grid.nearest(np.array([max(onset - tick, 0)]))[0])
        return out

    def joined(self, before: Steps, after: Steps, tick: int) -> Steps:
        """The first wait behind the cut counts from the last note before it."""
        if not len(after):
            return np.array(before, np.int32)
        out = super().joined(before, after, tick)
        since = tick + int(self._waits(after[:1])[0]) - int(self._waits(before).sum())
        out[len(before), self.field] = self.first + int(self.grid.nearest(np.array([max(since, 0)]))[0])
        return out

    def parts(self, score: Score) -> list[tuple[int, ...]]:
        """The tracks of the part that the encoding holds."""
        own, tracks = str(self.encoding.part), enumerate(score.tracks)
        chosen = {
            "merged": pitched(score),
            "skyline": pitched(score),
            "first": pitched(score)[:1],
            "drums": tuple(number for number, track in tracks if track.is_drum),
        }
        return [chosen.get(own) or tuple(n for n, track in enumerate(score.tracks) if track.name == own)]
