"""Played music as single events: key down, key up, time passes, loudness changes; one field a step.

The alphabet of 382 of the composer-and-critic course (128 + 128 + 100 + 26), after Oore et al., "This Time with
Feeling" (2018), behind begin and end. A shift of k values stands for k + 1 hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from etude.config import to_mapping
from etude.encodings.base import BEGIN, END, Field, Steps
from etude.encodings.columns import room, select, unlike
from etude.encodings.reading import Mask, StepReader
from etude.score import NOTE, Event, Score, Track

FIRST_DOWN = END + 1
FIRST_UP = FIRST_DOWN + 128
FIRST_SHIFT = FIRST_UP + 128
SHIFTS = 100  # 1 to 100 ticks
FIRST_VELOCITY = FIRST_SHIFT + SHIFTS
WIDTH = 5  # MIDI velocities a bin
VELOCITIES = tuple(min(WIDTH * index + 2, 127) for index in range(26))  # what each bin is played as
SIZE = FIRST_VELOCITY + len(VELOCITIES)
TICKS = 100  # a second
_NAN = float("nan")
_SOUNDS = (*[_NAN] * FIRST_DOWN, *map(float, range(128)), *[_NAN] * (SIZE - FIRST_UP))


@dataclass(frozen=True)
class Performance:
    """Key events of performed music, on a grid of 10 ms; pedals are not kept.

    timing  "rounded": every onset and end to the nearest hundredth of a second, counted from the start.
            "truncated": as the original does, every gap between two events cut to whole hundredths, so that a
            piece grows shorter with every event.
    part    as in `Notes`: "merged", "first", "skyline", "drums" or the name of a track.
    Written in one order: at a time first the keys that go up, then those that go down, each in rising pitch; a
    velocity only where it differs from the one before. A key struck again while it sounds ends the note before.
    """

    timing: Literal["rounded", "truncated"] = "rounded"
    part: str = "merged"

    name = "performance"

    @property
    def fields(self) -> tuple[Field, ...]:
        """One field of 384 values: begin, end, 128 keys down, 128 keys up, 100 shifts, 26 velocities."""
        return (Field("event", SIZE, sounds=_SOUNDS),)

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note: written at 120 beats a minute, one tick a hundredth of a second."""
        return TICKS // 2

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One part, pitched or drums."""
        return (Track("drums", 0, True),) if self.part == "drums" else (Track("notes"),)

    def encode(self, score: Score) -> Steps:
        """Int32[T, 1]. Raises BadInput when the part holds no note or is not there."""
        onsets, ends, pitches, velocities = self._columns(score)
        bins = velocities // WIDTH
        changed = np.diff(bins, prepend=-1) != 0
        ticks = np.concatenate([ends, onsets, onsets[changed]])
        # by tick: ups by pitch, then downs by pitch, a velocity just before its down
        ranks = np.concatenate([2 * pitches, 256 + 2 * pitches + 1, 256 + 2 * pitches[changed]])
        values = np.concatenate([FIRST_UP + pitches, FIRST_DOWN + pitches, FIRST_VELOCITY + bins[changed]])
        order = np.lexsort([ranks, ticks])
        return _with_shifts(ticks[order], values[order])

    def heard(self, score: Score) -> Score:
        """The Score that the steps of `score` decode to, without making them: nothing but its alphabet is lost."""
        onsets, ends, pitches, velocities = self._columns(score)
        table = np.zeros(len(onsets), NOTE)
        table["onset"], table["duration"], table["pitch"] = onsets, ends - onsets, pitches
        table["velocity"] = np.array(VELOCITIES)[velocities // WIDTH]
        return Score.of(table, tracks=self.tracks, tpq=self.tpq, meta=score.meta)

    def _columns(self, score: Score) -> tuple[NDArray[np.int64], ...]:
        """Int64[N] onsets and ends in hundredths of a second, pitches, velocities; by onset and pitch, unlike."""
        notes = select(score, self.part)
        starts = notes["onset"].astype(np.int64)
        onsets, ends = self._on_grid(score.seconds(starts), score.seconds(starts + notes["duration"]))
        pitches = notes["pitch"].astype(np.int64)
        order = unlike(pitches, onsets, ends, self.part)
        order = np.arange(len(onsets)) if order is None else order
        onsets, ends, pitches = onsets[order], ends[order], pitches[order]
        keys = np.zeros_like(pitches) if self.part == "skyline" else pitches
        lengths = np.minimum(np.maximum(ends - onsets, 1), room(onsets, keys.astype(np.uint8)))
        return onsets, onsets + lengths, pitches, notes["velocity"][order].astype(np.int64)

    def _on_grid(
        self, onsets: NDArray[np.float64], ends: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Int64[N] onsets and ends in hundredths of a second, given in seconds."""
        if self.timing == "rounded":
            return np.rint(onsets * TICKS).astype(np.int64), np.rint(ends * TICKS).astype(np.int64)
        times, which = np.unique(np.round(np.concatenate([onsets, ends]), 7), return_inverse=True)
        gaps = np.floor(np.diff(times, prepend=0.0) * TICKS + 1e-4)  # what is a hundredth stays one
        ticks = np.cumsum(gaps).astype(np.int64)[which]
        return ticks[: len(onsets)], ticks[len(onsets) :]

    def reader(self) -> PerformanceReader:
        """A Reader that stands before the first step."""
        return PerformanceReader([SIZE], melody=self.part == "skyline")

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every key moved; None where one would leave 0..127, and for drums."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        out = steps.copy()
        out[_keys(steps)] += semitones
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones; (0, 0) for drums."""
        pitches = (steps[_keys(steps)] - FIRST_DOWN) % 128
        if self.part == "drums" or not len(pitches):
            return (0, 0)
        return (-int(pitches.min()), 127 - int(pitches.max()))

    def note_count(self, steps: Steps) -> int:
        """The keys that go down."""
        return int(((steps[:, 0] >= FIRST_DOWN) & (steps[:, 0] < FIRST_UP)).sum())


def _keys(steps: Steps) -> NDArray[np.bool_]:
    """Bool[T, 1]: the steps that name a key."""
    return np.asarray((steps >= FIRST_DOWN) & (steps < FIRST_SHIFT))


def _with_shifts(ticks: NDArray[np.int64], values: NDArray[np.int64]) -> Steps:
    """The framed steps int32[T, 1] of events int64[E], with shifts of at most a second between their times."""
    gaps = np.diff(ticks, prepend=0)
    shifts = -(-gaps // SHIFTS)
    places = np.cumsum(shifts + 1)  # of the events; 0 is the begin step
    steps = np.full((int(places[-1]) + 2, 1), FIRST_SHIFT + SHIFTS - 1, np.int32)
    steps[places, 0] = values
    late = gaps > 0
    steps[places[late] - 1, 0] = FIRST_SHIFT + (gaps[late] - 1) % SHIFTS
    steps[0, 0], steps[-1, 0] = BEGIN, END
    return steps


@lru_cache(maxsize=1)
def _shifts() -> Mask:
    """Bool[384], read-only: the shifts."""
    mask = np.zeros(SIZE, bool)
    mask[FIRST_SHIFT:FIRST_VELOCITY] = True
    mask.flags.writeable = False
    return mask


class PerformanceReader(StepReader):
    """Events, read one by one. The mask admits what an encoder would write, in its order, and nothing else.

    A key that is up cannot go up, one that sounds cannot go down, a velocity that is already there is not named
    again, and a shift below a second is not followed by another.
    """

    def __init__(self, sizes: Sequence[int], *, melody: bool) -> None:
        super().__init__(sizes)
        self.melody = melody
        self.tick = 0
        self.velocity = -1  # bin; -1 before the first
        self.last = BEGIN  # value of the last step
        self.raised = self.lowered = -1  # highest pitch that went up, and down, at this tick
        self.since = np.full(128, -1, np.int64)  # tick at which each key went down; -1: it is up

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        mask = np.zeros(SIZE, bool)
        downs = self._may_go_down()
        named = self.last >= FIRST_VELOCITY
        if self.velocity >= 0:
            mask[FIRST_DOWN:FIRST_UP] = downs
        if not named and downs.any():
            mask[FIRST_VELOCITY:] = True
            if self.velocity >= 0:
                mask[FIRST_VELOCITY + self.velocity] = False
        if not named:
            self._go_on(mask)
        return mask if mask.any() else _shifts()

    def _go_on(self, mask: Mask) -> None:
        """Allows in `mask` what does not begin a note: ups, shifts and the end."""
        if self.lowered < 0:
            mask[FIRST_UP:FIRST_SHIFT] = (self.since >= 0) & (self.since < self.tick)
            mask[FIRST_UP : FIRST_UP + self.raised + 1] = False
        shifted = FIRST_SHIFT <= self.last < FIRST_VELOCITY
        if not shifted or self.last == FIRST_VELOCITY - 1:
            mask[FIRST_SHIFT:FIRST_VELOCITY] = True
        mask[END] = self.raised >= 0 and not (self.since >= 0).any()

    def _may_go_down(self) -> NDArray[np.bool_]:
        """Bool[128]: the keys that are up and come after those that went down at this tick."""
        free = self.since < 0
        if self.melody and not free.all():
            return np.zeros(128, bool)
        free[: self.lowered + 1] = False
        return free

    def _read(self, step: list[int]) -> Iterable[Event]:
        value = self.last = step[0]
        if value >= FIRST_VELOCITY:
            self.velocity = value - FIRST_VELOCITY
        elif value >= FIRST_SHIFT:
            self.tick += value - FIRST_SHIFT + 1
            self.raised = self.lowered = -1
        elif value >= FIRST_UP:
            return self._up(value - FIRST_UP)
        else:
            return self._down(value - FIRST_DOWN)
        return ()

    def _up(self, pitch: int) -> Iterator[Event]:
        if not 0 <= self.since[pitch] < self.tick:
            return  # it is up, or would sound for no time: the mask lets neither pass
        self.raised = max(pitch, self.raised)
        self.since[pitch] = -1
        yield Event(self.tick, "off", 0, pitch)

    def _down(self, pitch: int) -> Iterator[Event]:
        if self.since[pitch] == self.tick:
            return
        if self.since[pitch] >= 0:
            yield Event(self.tick, "off", 0, pitch)
        self.lowered = max(pitch, self.lowered)
        self.since[pitch] = self.tick
        yield Event(self.tick, "on", 0, pitch, VELOCITIES[self.velocity if self.velocity >= 0 else 16])

    def _close(self) -> Iterator[Event]:
        for fresh in (False, True):
            for pitch in np.flatnonzero((self.since >= 0) & ((self.since == self.tick) == fresh)).tolist():
                yield Event(self.tick + fresh, "off", 0, pitch)
        self.since[:] = -1
