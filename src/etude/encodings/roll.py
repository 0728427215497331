"""The piano roll: 88 keys, down or up, a step a frame. Multi-hot polyphony as in Boulanger-Lewandowski et al. 2012.

What a roll loses: it does not tell a repeated key from a held one (neighbouring frames with the same key down are
one note), nor how loud a note is; onset and end are rounded to a frame. `note_count` counts the notes left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.config import to_mapping
from etude.encodings.base import BEGIN, END, Field, Steps, framed
from etude.encodings.columns import Time
from etude.encodings.framewise import Framewise
from etude.encodings.reading import Mask, StepReader, all_but
from etude.errors import BadInput, Reason, UsageError
from etude.score import Event, Score, Track, merge_tracks

TPQ = 480
LOWEST, KEYS = 21, 88  # MIDI pitch of the lowest key, and how many keys there are
DOWN = 1  # value of a field; the first field has it after BEGIN, END and up


@dataclass(frozen=True)
class Roll(Framewise):
    """All pitched tracks on 88 keys. A note lasts one frame at least.

    time     "scored": frames are counted by the quarter; "performed": by the second, whatever the tempo
    frames   how many of them
    """

    frames: int = 4
    time: Time = "scored"

    name = "roll"

    def __post_init__(self) -> None:
        if self.frames < 1 or self._unit % self.frames:
            raise UsageError(f"'frames' of {self.time} music must be a divisor of {self._unit}, not {self.frames}.")

    @property
    def ticks(self) -> int:
        """Decoded ticks of a frame."""
        return self._unit // self.frames

    @property
    def _unit(self) -> int:
        """Decoded ticks of what frames are counted by: a quarter, or a second at 120 quarters a minute."""
        return TPQ if self.time == "scored" else 2 * TPQ

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """One field a key, from the lowest: up or down; the first has BEGIN and END before."""
        return tuple(Field(f"key {LOWEST + key}", 2 if key else 4) for key in range(KEYS))

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
        """One piano."""
        return (Track("piano"),)

    def encode(self, score: Score) -> Steps:
        """Int32[T + 2, 88]. Raises BadInput when there is no pitched note or one lies beyond the 88 keys."""
        notes = merge_tracks(score).notes
        if not len(notes):
            raise BadInput("There is no pitched note.", Reason.EMPTY)
        if notes["pitch"].min() < LOWEST or notes["pitch"].max() >= LOWEST + KEYS:
            raise BadInput("A note lies beyond the 88 keys of a piano.", Reason.NOT_ENCODABLE)
        onsets = notes["onset"].astype(np.int64)
        starts = self._frames(score, onsets)
        stops = np.maximum(self._frames(score, onsets + notes["duration"]), starts + 1)
        length = max(int(stops.max()), int(self._frames(score, np.array([score.end]))[0]))
        keys = notes["pitch"].astype(np.int64) - LOWEST
        changes = np.zeros((length + 1, KEYS), np.int32)
        np.add.at(changes, (starts, keys), 1)
        np.add.at(changes, (stops, keys), -1)
        return self.from_frames(np.cumsum(changes, axis=0)[:-1] > 0)

    def _frames(self, score: Score, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Int64, the shape of `ticks`: the frame that begins nearest to each."""
        if self.time == "performed":
            return np.rint(score.seconds(ticks) * self.frames).astype(np.int64)
        return np.rint(ticks / (score.tpq / self.frames)).astype(np.int64)

    def from_frames(self, frames: ArrayLike) -> Steps:
        """Int32[T + 2, 88] of bool or int[T, 88] frames, as in the .mat files of the data sets."""
        body = (np.asarray(frames).reshape(-1, KEYS) > 0).astype(np.int32)
        body[:, 0] += 2
        return framed(body)

    def to_frames(self, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T, 88]: which keys are down in each frame."""
        body = np.array(steps)[np.asarray(steps)[:, 0] >= 2]
        body[:, 0] -= 2
        return body.astype(bool)

    def reader(self) -> RollReader:
        """A Reader that stands before the first step."""
        return RollReader(self)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every key moved, or None where one would leave the keyboard."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        if not semitones:
            return steps.copy()
        return self.from_frames(np.roll(self.to_frames(steps), semitones, axis=1))

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones that keeps all notes on the keyboard."""
        used = np.flatnonzero(self.to_frames(steps).any(axis=0))
        return (-int(used[0]), KEYS - 1 - int(used[-1])) if len(used) else (0, 0)

    def _sounding(self, steps: Steps) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """See `Framewise`: a key that stays down is never struck again."""
        frames = self.to_frames(steps)
        return frames.astype(np.int32), np.zeros_like(frames)


class RollReader(StepReader):
    """Frames, read one by one."""

    def __init__(self, encoding: Roll) -> None:
        super().__init__([field.size for field in encoding.fields])
        self.frame = encoding.ticks
        self.tick = 0
        self.down: list[int] = []  # keys that sound, from the lowest

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        if chosen:
            return all_but(2)
        return all_but(4, BEGIN) if self.started else all_but(4, BEGIN, END)

    def _read(self, step: list[int]) -> Iterable[Event]:
        step[0] -= 2
        down = [key for key, value in enumerate(step) if value == DOWN]
        for key in self.down:
            if key not in down:
                yield Event(self.tick, "off", 0, LOWEST + key)
        for key in down:
            if key not in self.down:
                yield Event(self.tick, "on", 0, LOWEST + key, 80)
        self.down = down
        self.tick += self.frame

    def _close(self) -> Iterable[Event]:
        for key in self.down:
            yield Event(self.tick, "off", 0, LOWEST + key)
        if self.started:
            yield Event(self.tick, "end")
