"""A note is a step of four fields: pitch, time since the last onset, duration, velocity.

The representation of the TensorFlow music tutorial, each field made a choice among values, so
that likelihoods are exact and comparable. Notes of one step time come in rising pitch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.config import to_mapping
from etude.encodings.base import BEGIN, END, Field, Steps
from etude.encodings.columns import Time, columns, room
from etude.encodings.grids import Grid, velocity_bins
from etude.encodings.reading import Mask, Sounding, StepReader, all_but, among
from etude.errors import UsageError
from etude.score import Event, Score, Track


@dataclass(frozen=True)
class Notes:
    """Notes one by one, for performed music (time in seconds) and scored music (time in quarters).

    time        "performed": ticks of 1 / resolution second, exact up to a second, then 20 values an octave up
                to 32 s. "scored": ticks of 1 / resolution quarter, exact up to four quarters, then 8 values an
                octave up to 64 quarters.
    resolution  ticks per second or per quarter; 0 chooses 100 or 12.
    velocities  how many loudnesses are told apart (1: all notes are equally loud).
    part        "merged": all pitched tracks as one; "first": the first pitched track with notes; "skyline": the
                highest voice; "drums": the drum tracks; anything else: the track of that name.
    A key struck again while it sounds ends the note before it; of several equal notes at once one is kept.
    """

    time: Time = "performed"
    resolution: int = 0
    velocities: int = 32
    part: str = "merged"

    name = "notes"

    def __post_init__(self) -> None:
        if not self.resolution:
            object.__setattr__(self, "resolution", 100 if self.time == "performed" else 12)
        multiple = 20 if self.time == "performed" else 2
        if self.resolution < multiple or self.resolution % multiple or self.resolution > 1000:
            raise UsageError(
                f"'resolution' of {self.time} notes must be a multiple of {multiple} up to 1000, "
                f"not {self.resolution}."
            )
        if not 1 <= self.velocities <= 127:
            raise UsageError(f"'velocities' must be 1 to 127, not {self.velocities}.")

    @cached_property
    def steps_grid(self) -> Grid:
        """The values of the field "step", 0 first."""
        return self._grid(zero=True)

    @cached_property
    def duration_grid(self) -> Grid:
        """The values of the field "duration"; the shortest is one tick."""
        return self._grid(zero=False)

    def _grid(self, zero: bool) -> Grid:
        if self.time == "performed":
            return Grid(self.resolution, 20, 5, zero=zero)
        return Grid(4 * self.resolution, 8, 4, zero=zero)

    @cached_property
    def loudness(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(int32[128] bin of each velocity, int32[velocities] velocity of each bin)."""
        return velocity_bins(self.velocities)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Pitch (2 + MIDI number), step, duration, velocity; times in seconds or quarters."""
        unit = "seconds" if self.time == "performed" else "quarters"
        steps, durations = (grid.ticks / self.resolution for grid in (self.steps_grid, self.duration_grid))
        loudness = self.loudness[1]
        pitches = (float("nan"), float("nan"), *map(float, range(128)))
        return (
            Field("pitch", len(pitches), "semitones", pitches),
            Field("step", len(steps), unit, tuple(map(float, steps))),
            Field("duration", len(durations), unit, tuple(map(float, durations))),
            Field("velocity", len(loudness), "velocity", tuple(map(float, loudness))),
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note: performed music is written at 120 beats a minute, one tick a value."""
        return self.resolution // 2 if self.time == "performed" else self.resolution

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One part, pitched or drums."""
        return (Track("drums", 0, True),) if self.part == "drums" else (Track("notes"),)

    def encode(self, score: Score) -> Steps:
        """Int32[N + 2, 4]. Raises BadInput when the part holds no note or is not there."""
        onsets, pitches, durations, velocities = columns(score, self.part, self.time, self.resolution)
        steps = np.zeros((len(onsets) + 2, 4), np.int32)
        body = steps[1:-1]
        body[:, 0] = pitches
        body[:, 0] += 2
        body[:, 1] = self.steps_grid.nearest(np.diff(onsets, prepend=0))
        started = np.cumsum(self.steps_grid.ticks[body[:, 1]], dtype=np.int64)
        keys = np.zeros_like(pitches) if self.part == "skyline" else pitches
        body[:, 2] = self.duration_grid.floor(np.minimum(durations, room(started, keys)))
        body[:, 3] = self.loudness[0][velocities]
        steps[0, 0], steps[-1, 0] = BEGIN, END
        return steps

    def reader(self) -> NotesReader:
        """A Reader that stands before the first step."""
        return NotesReader(self)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every pitch moved; None where one would leave 0..127, and for drums."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        out = steps.copy()
        out[_is_note(out), 0] += semitones
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones; (0, 0) for drums."""
        pitches = steps[_is_note(steps), 0] - 2
        if self.part == "drums" or not len(pitches):
            return (0, 0)
        return (-int(pitches.min()), 127 - int(pitches.max()))

    def note_count(self, steps: Steps) -> int:
        """Every step but begin and end is a note."""
        return int(_is_note(steps).sum())


def _is_note(steps: Steps) -> NDArray[np.bool_]:
    """Bool[T]: which steps are notes."""
    return np.asarray(steps[:, 0] >= 2)


class NotesReader(StepReader):
    """Notes, read one by one. The mask keeps notes of one onset in rising pitch, so none is struck twice."""

    def __init__(self, encoding: Notes) -> None:
        super().__init__([field.size for field in encoding.fields])
        self.step_ticks = encoding.steps_grid.ticks.tolist()
        self.duration_ticks = encoding.duration_grid.ticks.tolist()
        self.velocities = encoding.loudness[1].tolist()
        self.free = [all_but(size) for size in self.sizes]
        self.melody = encoding.part == "skyline"
        self.heard = False  # whether a note was read
        self.tick = 0
        self.last_pitch = -1  # the highest pitch begun at this tick
        self.sounding = Sounding()

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        if not chosen:
            return among(self.sizes[0], range(1 if self.heard else 2, self.sizes[0]))
        if len(chosen) == 1 and (chosen[0] - 2 <= self.last_pitch or (self.melody and self.heard)):
            return all_but(self.sizes[1], 0)
        return self.free[len(chosen)]

    def _read(self, step: list[int]) -> Iterable[Event]:
        self.heard = True
        pitch, waited = step[0] - 2, self.step_ticks[step[1]]
        self.tick += waited
        self.last_pitch = pitch if waited else max(pitch, self.last_pitch)
        yield from self.sounding.until(self.tick)
        on = Event(self.tick, "on", 0, pitch, self.velocities[step[3]])
        yield from self.sounding.start(on, self.tick + self.duration_ticks[step[2]])

    def _close(self) -> Iterable[Event]:
        return self.sounding.until(2**62)
