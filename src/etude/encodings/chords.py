"""A chord is a step: the wait since the last chord, then up to `slots` notes of pitch, duration and velocity.

What begins together is drawn together, so a model decides when something sounds once a chord and sees the notes of
a chord as one event. Empty slots hold 0 in all their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.config import to_mapping
from etude.encodings.base import Field, Steps, framed
from etude.encodings.columns import Time, columns, room
from etude.encodings.notes import Notes
from etude.encodings.reading import Mask, Sounding, StepReader, all_but, mask_of, only
from etude.errors import UsageError
from etude.score import Event, Score, Track

NONE = 0  # in a slot: no more notes
_NAN = float("nan")


@dataclass(frozen=True)
class Chords:
    """Chords one by one, for performed music (time in seconds) and scored music (time in quarters).

    time, resolution, velocities, part   as in the encoding `notes`, whose grids these are ("skyline" has no chords)
    slots     notes of one step at most; a larger chord goes on in the next step, which waits 0
    window    ticks of the grid after a chord's first note within which a note still belongs to it

    With window 0 a chord is what begins on the same tick, and exactly the notes of `notes` are held: nothing
    more is lost. A larger window moves its notes to the chord's first onset: how a chord is spread is lost, and of
    a key struck twice within it the longer note stays. Velocity is each note's own: one a chord would lose the
    voicing.
    """

    time: Time = "performed"
    resolution: int = 0
    velocities: int = 32
    part: str = "merged"
    slots: int = 4
    window: int = 0

    name = "chords"

    def __post_init__(self) -> None:
        if self.part == "skyline":
            raise UsageError("A 'skyline' is a melody and has no chords: take the encoding 'notes' for it.")
        if not 1 <= self.slots <= 16:
            raise UsageError(f"'slots' must be 1 to 16, not {self.slots}.")
        object.__setattr__(self, "resolution", self.notes.resolution)
        if not 0 <= self.window <= self.resolution // 4:
            raise UsageError(f"'window' must be 0 to {self.resolution // 4} ticks, not {self.window}.")

    @cached_property
    def notes(self) -> Notes:
        """The encoding of the same notes one by one, on the same grids."""
        return Notes(time=self.time, resolution=self.resolution, velocities=self.velocities, part=self.part)

    @property
    def width(self) -> int:
        """Fields of a slot: pitch, duration and, when more than one is told apart, velocity."""
        return 3 if self.velocities > 1 else 2

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Step (2 + place on the grid of waits); then per slot pitch, duration, velocity (each 0 or 1 + value)."""
        pitch, step, duration, velocity = self.notes.fields
        out = [Field("step", 2 + step.size, step.unit, (_NAN, _NAN, *(step.values or ())))]
        for slot in range(1, self.slots + 1):
            out.append(Field(f"pitch {slot}", 129, pitch.unit, (_NAN, *map(float, range(128)))))
            for field in (duration, velocity)[: self.width - 1]:
                values = (_NAN, *(field.values or ()))
                out.append(Field(f"{field.name} {slot}", 1 + field.size, field.unit, values))
        return tuple(out)

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note, as of `notes`."""
        return self.notes.tpq

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One part, pitched or drums."""
        return self.notes.tracks

    def encode(self, score: Score) -> Steps:
        """Int32[T + 2, 1 + slots * width]. Raises BadInput when the part holds no note or is not there."""
        onsets, pitches, durations, velocities = self._gathered(
            *columns(score, self.part, self.time, self.resolution)
        )
        first = np.diff(onsets, prepend=-1) != 0
        place = np.arange(len(onsets)) - np.flatnonzero(first)[np.cumsum(first) - 1]  # of the note in its chord
        opens = place % self.slots == 0
        body = np.zeros((int(opens.sum()), len(self.fields)), np.int32)
        waits = self.notes.steps_grid.nearest(np.diff(onsets[opens], prepend=0))
        started = np.cumsum(self.notes.steps_grid.ticks[waits], dtype=np.int64)
        row = np.cumsum(opens) - 1
        column = 1 + place % self.slots * self.width
        body[:, 0] = 2 + waits
        body[row, column] = 1 + pitches.astype(np.int32)
        body[row, column + 1] = 1 + self.notes.duration_grid.floor(
            np.minimum(durations, room(started[row], pitches))
        )
        if self.width == 3:
            body[row, column + 2] = 1 + self.notes.loudness[0][velocities]
        return framed(body)

    def _gathered(
        self, onsets: NDArray[Any], pitches: NDArray[Any], durations: NDArray[Any], velocities: NDArray[Any]
    ) -> tuple[NDArray[Any], ...]:
        """The columns with the onsets of chords made one, by onset and pitch; of equal notes the longest."""
        if not self.window or not len(onsets):
            return onsets, pitches, durations, velocities
        starts = [0]
        while (after := int(np.searchsorted(onsets, onsets[starts[-1]] + self.window, side="right"))) < len(onsets):
            starts.append(after)
        moved = np.repeat(onsets[starts], np.diff([*starts, len(onsets)]))
        keys = moved * 128 + pitches
        order = np.lexsort([durations, keys])
        order = order[np.append(np.diff(keys[order]) != 0, True)]
        return tuple(column[order] for column in (moved, pitches, durations, velocities))

    def reader(self) -> ChordsReader:
        """A Reader that stands before the first step."""
        return ChordsReader(self)

    def _pitches(self, steps: Steps) -> NDArray[np.int32]:
        """Int32[T, slots]: a view of the pitch fields, 0 or 1 + MIDI number."""
        return steps[:, 1 :: self.width]

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every pitch moved; None where one would leave 0..127, and for drums."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        out = steps.copy()
        pitches = self._pitches(out)
        pitches[pitches != NONE] += semitones
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones; (0, 0) for drums."""
        pitches = self._pitches(steps)
        sounding = pitches[pitches != NONE] - 1
        if self.part == "drums" or not len(sounding):
            return (0, 0)
        return (-int(sounding.min()), 127 - int(sounding.max()))

    def note_count(self, steps: Steps) -> int:
        """Every slot with a pitch is a note."""
        return int((self._pitches(steps) != NONE).sum())


class ChordsReader(StepReader):
    """Chords, read one by one. The mask keeps pitches rising and slots full before a chord goes on."""

    def __init__(self, encoding: Chords) -> None:
        super().__init__([field.size for field in encoding.fields])
        self.step_ticks = encoding.notes.steps_grid.ticks.tolist()
        self.duration_ticks = encoding.notes.duration_grid.ticks.tolist()
        self.velocities = encoding.notes.loudness[1].tolist()
        self.width, self.window = encoding.width, encoding.window
        self.tick = 0
        self.highest = 0  # 1 + the highest pitch begun at this tick
        self.full = False  # whether the last step used all its slots
        self.sounding = Sounding()

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        field, size = len(chosen), self.sizes[len(chosen)]
        if not field:
            return self._waits()
        slot, part = divmod(field - 1, self.width)
        if part:  # duration and velocity: of a note, or of none
            return all_but(size, NONE) if chosen[field - part] != NONE else only(size, NONE)
        if slot:
            before = chosen[field - self.width]
            return rising(size, before, True) if before != NONE else only(size, NONE)
        return rising(size, self.highest if self.started and chosen[0] == 2 else 0, False)

    def _waits(self) -> Mask:
        """Bool[V_0]: the end, a wait beyond the window or, where a full step can go on, none."""
        if not self.started:
            return all_but(self.sizes[0], 0, 1)
        near = range(2, 3 + self.window)
        goes_on = self.full and self.highest < 128
        return all_but(self.sizes[0], 0, *(near[1:] if goes_on else near))

    def _read(self, step: list[int]) -> Iterable[Event]:
        waited = self.step_ticks[step[0] - 2]
        self.tick += waited
        if waited:
            self.highest = 0
        yield from self.sounding.until(self.tick)
        self.full = step[1 :: self.width][-1] != NONE
        for place in range(1, len(step), self.width):
            if step[place] != NONE:
                yield from self._note(step[place : place + self.width])

    def _note(self, slot: list[int]) -> Iterable[Event]:
        pitch, duration, *velocity = (max(value - 1, 0) for value in slot)
        self.highest = max(self.highest, pitch + 1)
        on = Event(self.tick, "on", 0, pitch, self.velocities[velocity[0] if velocity else 0])
        return self.sounding.start(on, self.tick + self.duration_ticks[duration])

    def _close(self) -> Iterable[Event]:
        return self.sounding.until(2**62)


def rising(size: int, before: int, may_stop: bool) -> Mask:
    """Bool[size]: the pitches above `before` and, where a chord may stop, none; never all false."""
    return _rising(size, min(max(before, 0), size - (1 if may_stop else 2)), may_stop)


@lru_cache(maxsize=512)
def _rising(size: int, before: int, may_stop: bool) -> Mask:
    return mask_of(size, [*([NONE] if may_stop else []), *range(before + 1, size)])
