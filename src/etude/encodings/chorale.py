"""Four voices on a grid of sixteenths: soprano, alto, tenor, bass, one step a sixteenth.

With `holds=False` a cell says which pitch sounds, as in Jsb16thSeparated.json, so that nats per cell compare with
published figures (Boulanger-Lewandowski 2012; Huang et al. 2018); a repeated note is then one long note. With
`holds=True` a cell says what happens: silence, hold, or a pitch that is struck.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.config import to_mapping
from etude.encodings.base import BEGIN, END, Field, Steps, framed
from etude.encodings.framewise import Framewise
from etude.encodings.reading import Mask, StepReader, all_but
from etude.errors import BadInput, Reason
from etude.score import Event, Score, Table, Track, quantise, resample

VOICES = ("soprano", "alto", "tenor", "bass")
LOWEST, HIGHEST = 36, 81  # MIDI pitches, as in the data set
RANGES = ((60, 81), (53, 74), (48, 69), (36, 64))  # MIDI pitches of the four voices in Bach's chorales
TPQ, CELL = 480, 120  # ticks; a cell is a sixteenth
CHURCH_ORGAN = 19


@dataclass(frozen=True)
class Chorale(Framewise):
    """Four voices a sixteenth. Values: silence, (with `holds`) hold, then 46 pitches; the soprano's come after
    BEGIN and END."""

    holds: bool = True  # a cell says what happens (struck, holds, silent); without, which pitch sounds

    name = "chorale"

    @property
    def first_pitch(self) -> int:
        """The value of the lowest pitch in alto, tenor and bass; silence is 0, hold 1."""
        return 2 if self.holds else 1

    @property
    def fields(self) -> tuple[Field, ...]:
        """Soprano, alto, tenor, bass."""
        quiet = [float("nan")] * self.first_pitch
        values = (*quiet, *map(float, range(LOWEST, HIGHEST + 1)))
        soprano = (float("nan"), float("nan"), *values)
        return tuple(
            Field(voice, len(soprano if index == 0 else values), "semitones", soprano if index == 0 else values)
            for index, voice in enumerate(VOICES)
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return TPQ

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Four voices, played by an organ."""
        return tuple(Track(voice.capitalize(), CHURCH_ORGAN) for voice in VOICES)

    def encode(self, score: Score) -> Steps:
        """Int32[T, 4]. Raises BadInput when the voices are not four (or one), or leave their grid or range."""
        fine = quantise(resample(score, TPQ), CELL)
        cells = max(1, -(-fine.end // CELL))
        values = np.zeros((cells, 4), np.int32)
        for voice, notes in enumerate(voices(fine)):
            self._write(values[:, voice], notes, VOICES[voice])
        values[:, 0] += 2
        return framed(values)

    def _write(self, cells: NDArray[np.int32], notes: Table, voice: str) -> None:
        """Puts the notes of one voice into its int32[T] cells."""
        if len(notes) and (notes["pitch"].min() < LOWEST or notes["pitch"].max() > HIGHEST):
            raise BadInput(f"The {voice} leaves the range {LOWEST} to {HIGHEST}.", Reason.NOT_ENCODABLE)
        starts = notes["onset"] // CELL
        if (np.diff(starts) == 0).any():
            at = starts[int(np.flatnonzero(np.diff(starts) == 0)[0])] / 4
            why = f"The {voice} has two notes in one sixteenth, {at:g} quarters after the start."
            raise BadInput(why, Reason.NOT_ENCODABLE)
        ends = np.minimum(starts + notes["duration"] // CELL, np.append(starts[1:], len(cells)))
        for start, end, pitch in zip(starts, ends, notes["pitch"].astype(np.int32) - LOWEST + self.first_pitch):
            cells[start:end] = 1 if self.holds else pitch
            cells[start] = pitch

    def from_grid(self, grid: ArrayLike) -> Steps:
        """Int32[T + 2, 4] of a grid of MIDI pitches, int[T, 4], silence -1; equal neighbours are one note."""
        pitches = np.asarray(grid, np.int32).reshape(-1, 4)
        if (((pitches < LOWEST) & (pitches != -1)) | (pitches > HIGHEST)).any():
            raise BadInput(f"A pitch is outside {LOWEST} to {HIGHEST}.", Reason.NOT_ENCODABLE)
        values = np.where(pitches < 0, 0, pitches - LOWEST + self.first_pitch)
        if self.holds:
            same = np.zeros(values.shape, bool)
            same[1:] = (values[1:] == values[:-1]) & (values[1:] > 0)
            values[same] = 1
        values[:, 0] += 2
        return framed(values.astype(np.int32))

    def to_grid(self, steps: Steps) -> NDArray[np.int32]:
        """Int32[T, 4]: the MIDI pitch that sounds in each voice and sixteenth, -1 for silence."""
        values = self._body(steps)
        if self.holds:
            struck = np.where(values != 1, np.arange(len(values))[:, None], 0)
            last = np.maximum.accumulate(struck, axis=0)
            values = np.take_along_axis(values, last, axis=0)
        return np.where(values < self.first_pitch, -1, values - self.first_pitch + LOWEST).astype(np.int32)

    def _body(self, steps: Steps) -> NDArray[np.int32]:
        """Int32[T, 4]: the steps between begin and end, the soprano counted as the others."""
        values = np.asarray(steps)[np.asarray(steps)[:, 0] >= 2].astype(np.int32)
        values[:, 0] -= 2
        return values

    def reader(self) -> ChoraleReader:
        """A Reader that stands before the first step."""
        return ChoraleReader(self)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every pitch moved, or None where one would leave the range."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        out = steps.copy()
        first = self.first_pitch + np.array([2, 0, 0, 0])
        out += np.where(out >= first, semitones, 0).astype(np.int32)
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones that keeps all voices in range."""
        values = self._body(steps)
        pitches = values[values >= self.first_pitch] - self.first_pitch
        return (-int(pitches.min()), HIGHEST - LOWEST - int(pitches.max())) if len(pitches) else (0, 0)

    def _sounding(self, steps: Steps) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """See `Framewise`; without holds nothing says that a pitch is struck again."""
        values = self._body(steps)
        struck = values >= self.first_pitch if self.holds else np.zeros(values.shape, np.bool_)
        return self.to_grid(steps) + 1, struck


def voices(score: Score) -> list[Table]:
    """The notes of soprano, alto, tenor and bass.

    The tracks of these names, whatever instruments stand beside them; else four pitched tracks in their order, or
    one as the soprano. Raises BadInput for any other number.
    """
    pitched = [index for index, track in enumerate(score.tracks) if not track.is_drum]
    sounding = [index for index in pitched if (score.notes["track"] == index).any()]
    if not sounding:
        raise BadInput("There is no pitched note.", Reason.EMPTY)
    named = [[i for i in pitched if score.tracks[i].name.lower().startswith(voice)] for voice in VOICES]
    if all(len(tracks) == 1 for tracks in named):
        chosen = [tracks[0] for tracks in named]
    elif len(pitched) == 4:
        chosen = pitched
    elif len(sounding) in (1, 4):
        chosen = sounding
    else:
        why = f"A chorale has four voices (or one, the soprano); this has {len(sounding)} tracks with notes."
        raise BadInput(why, Reason.NOT_ENCODABLE)
    return [score.notes[score.notes["track"] == index] for index in chosen]


class ChoraleReader(StepReader):
    """Sixteenths, read one by one. The mask permits a hold only of a note that sounds."""

    def __init__(self, encoding: Chorale) -> None:
        super().__init__([field.size for field in encoding.fields])
        self.holds = encoding.holds
        self.first_pitch = encoding.first_pitch
        self.tick = 0
        self.pitches = [-1] * 4  # what sounds in each voice

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        voice = len(chosen)
        size, offset = self.sizes[voice], 0 if voice else 2
        unwanted = [] if voice else [BEGIN] + [END] * (not self.started)
        if self.holds and self.pitches[voice] < 0:
            unwanted.append(offset + 1)
        return all_but(size, *unwanted)

    def _read(self, step: list[int]) -> Iterable[Event]:
        values = [step[0] - 2, *step[1:]]
        wanted = [value - self.first_pitch + LOWEST if value >= self.first_pitch else -1 for value in values]
        if self.holds:
            wanted = [old if value == 1 else new for value, old, new in zip(values, self.pitches, wanted)]
        struck = [
            new >= 0 and (new != old or (self.holds and value != 1))
            for value, old, new in zip(values, self.pitches, wanted)
        ]
        for voice, old in enumerate(self.pitches):
            if old >= 0 and (struck[voice] or wanted[voice] < 0):
                yield Event(self.tick, "off", voice, old)
        for voice, new in enumerate(wanted):
            if struck[voice]:
                yield Event(self.tick, "on", voice, new, 80)
        self.pitches = wanted
        self.tick += CELL

    def _close(self) -> Iterable[Event]:
        for voice, pitch in enumerate(self.pitches):
            if pitch >= 0:
                yield Event(self.tick, "off", voice, pitch)
        if self.started:
            yield Event(self.tick, "end")
