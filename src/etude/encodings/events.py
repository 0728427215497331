"""Bars, positions, several tracks, drums and tempo: arranged music as steps of five fields.

See docs/decisions/003-events.md for why a step looks as it does. After Huang and Yang, "Pop Music Transformer"
(REMI, 2020) and Hsiao et al., "Compound Word Transformer" (2021), with one step a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.config import to_mapping
from etude.encodings.base import BEGIN, END, Field, Steps
from etude.encodings.events_reader import (
    BAR,
    DRUMS,
    FIRST_METER,
    FIRST_POSITION,
    FIRST_TEMPO,
    FIRST_TRACK,
    METERS,
    PART,
    TEMPO,
    TEMPOS,
    TRACKS,
    WHATS,
    EventsReader,
    meters_of,
)
from etude.encodings.grids import Grid, velocity_bins
from etude.errors import BadInput, Reason, UsageError
from etude.score import Score, Table, Track, bar_starts, bar_ticks, pickup_ticks

LONGEST_BAR = 8  # quarters


@dataclass(frozen=True)
class Events:
    """Parts with their programs, then bar by bar: meter, tempo where it changes, and notes at positions.

    resolution  positions a quarter; durations are exact up to four quarters, then 8 values an octave up to 64.
    velocities  how many loudnesses are told apart.
    Tempo is kept as it is at the beginning of each bar. Not kept: controllers, keys, names of tracks.
    """

    resolution: int = 12
    velocities: int = 16

    name = "events"

    def __post_init__(self) -> None:
        if not 2 <= self.resolution <= 96 or self.resolution % 2:
            raise UsageError(f"'resolution' of events must be an even number from 2 to 96, not {self.resolution}.")
        if not 1 <= self.velocities <= 127:
            raise UsageError(f"'velocities' must be 1 to 127, not {self.velocities}.")

    @cached_property
    def durations(self) -> Grid:
        """Ticks of the values of the field "duration" from 1 on; 0 stands for none."""
        return Grid(4 * self.resolution, 8, 4, zero=False)

    @cached_property
    def loudness(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(int32[128] bin of each velocity, int32[velocities] velocity of each bin)."""
        return velocity_bins(self.velocities)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Kind or position, what (part, program, meter or tempo), pitch, duration in quarters, velocity."""
        none = float("nan")
        return (
            Field("position", FIRST_POSITION + LONGEST_BAR * self.resolution),
            Field("what", WHATS),
            Field("pitch", 129, "semitones", (none, *map(float, range(128)))),
            Field(
                "duration", 1 + len(self.durations), "quarters", (none, *(self.durations.ticks / self.resolution))
            ),
            Field("velocity", 1 + self.velocities, "velocity", (none, *map(float, self.loudness[1]))),
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return self.resolution

    @property
    def tracks(self) -> tuple[Track, ...]:
        """None: the steps name their own."""
        return ()

    def encode(self, score: Score) -> Steps:
        """Int32[T, 5]. Raises BadInput when there is no note, or more parts or other bars than can be named."""
        used = np.unique(score.notes["track"]).tolist()
        if not used:
            raise BadInput("There is no note.", Reason.EMPTY)
        if len(used) > TRACKS:
            raise BadInput(f"The music has {len(used)} parts; {TRACKS} can be named.", Reason.NOT_ENCODABLE)
        onsets, columns = self._notes(score, used)
        starts, bars = self._bars(score, int(onsets[-1]))
        number = np.searchsorted(starts, onsets, side="right") - 1
        columns[:, 0] = FIRST_POSITION + onsets - starts[number]
        parts = np.zeros((len(used) + 2, 5), np.int32)
        parts[1:-1, 0] = PART
        parts[1:-1, 1] = [1 + (DRUMS if score.tracks[i].is_drum else score.tracks[i].program) for i in used]
        parts[0, 0] = BEGIN
        parts[-1, 0] = END
        bar_of = np.concatenate([bars[:, -1], number])
        body = np.concatenate([bars[:, :-1], columns])[np.argsort(bar_of, kind="stable")]
        return np.concatenate([parts[:-1], body, parts[-1:]]).astype(np.int32)

    def _notes(self, score: Score, used: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(int64[N] onsets in positions from the start, int64[N, 5] steps but for the position), all unlike."""
        notes, factor = score.notes, self.resolution / score.tpq
        onsets = np.rint(notes["onset"] * factor).astype(np.int64)
        ends = np.rint((notes["onset"].astype(np.int64) + notes["duration"]) * factor).astype(np.int64)
        track = np.searchsorted(np.array(used), notes["track"])
        keys = track * 128 + notes["pitch"]
        order = np.lexsort([ends, keys, onsets])
        onsets, keys, ends = onsets[order], keys[order], ends[order]
        unlike = np.append((np.diff(onsets) != 0) | (np.diff(keys) != 0), True)  # of equal notes the longest
        onsets, keys, ends, order = onsets[unlike], keys[unlike], ends[unlike], order[unlike]
        by_key = np.lexsort([onsets, keys])
        again = np.full(len(keys), 2**31, np.int64)
        again[by_key[:-1]] = np.where(np.diff(keys[by_key]) == 0, np.diff(onsets[by_key]), 2**31)
        columns = np.zeros((len(keys), 5), np.int64)
        columns[:, 1], columns[:, 2] = FIRST_TRACK + keys // 128, 1 + keys % 128
        columns[:, 3] = 1 + self.durations.floor(np.minimum(np.maximum(ends - onsets, 1), again))
        columns[:, 4] = 1 + self.loudness[0][notes["velocity"][order]]
        return onsets, columns

    def _bars(self, score: Score, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(int64[B] positions where bars begin, int64[S, 6] bar and tempo steps with the bar they belong to)."""
        edges = bar_starts(score).tolist()
        while round(edges[-1] * self.resolution / score.tpq) <= last:
            edges.append(edges[-1] + bar_ticks(score, edges[-1]))
        rows, starts, tempo = [], [], -1
        for number, (start, end) in enumerate(pairwise(edges)):
            starts.append(round(start * self.resolution / score.tpq))
            length = round(end * self.resolution / score.tpq) - starts[-1]
            meter, upbeat = self._meter(score, start, length)
            rows.append([BAR, FIRST_METER + METERS.index(meter), 0, upbeat, 0, number])
            before, tempo = tempo, _tempo(score.tempos, start)
            if tempo != before:
                rows.append([TEMPO, FIRST_TEMPO + tempo, 0, 0, 0, number])
        return np.array(starts, np.int64), np.array(rows, np.int64)

    def _meter(self, score: Score, start: int, length: int) -> tuple[tuple[int, int], int]:
        """The meter of a bar of `length` positions, and its duration value if it is an upbeat (0 if it is full)."""
        row = score.meters[score.meters["tick"] <= start][-1]
        meter = (int(row["numerator"]), int(row["denominator"]))
        lengths = meters_of(self.resolution)
        if lengths.get(meter) == length:
            return meter, 0
        value = int(self.durations.floor(length))
        exact = int(self.durations.ticks[value]) == length
        if start == 0 and pickup_ticks(score) and exact and length < lengths.get(meter, 0):
            return meter, 1 + value
        other = next((name for name, ticks in lengths.items() if ticks == length), None)
        if other is None:
            at, quarters = start / score.tpq, length / self.resolution
            raise BadInput(
                f"No meter is known for the bar of {quarters:g} quarters at quarter {at:g}.", Reason.NOT_ENCODABLE
            )
        return other, 0

    def reader(self) -> EventsReader:
        """A Reader that stands before the first step."""
        return EventsReader(
            [field.size for field in self.fields],
            self.resolution,
            self.durations.ticks.tolist(),
            self.loudness[1].tolist(),
        )

    def _pitched(self, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T]: the steps that are notes of parts other than drums."""
        programs = steps[steps[:, 0] == PART, 1]
        drums = FIRST_TRACK + np.flatnonzero(programs == 1 + DRUMS)
        return np.asarray((steps[:, 0] >= FIRST_POSITION) & ~np.isin(steps[:, 1], drums))

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every pitched note moved, or None where one would leave 0..127. Drums stay."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        out = steps.copy()
        out[self._pitched(steps), 2] += semitones
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones; (0, 0) when there are only drums."""
        pitches = steps[self._pitched(steps), 2] - 1
        return (-int(pitches.min()), 127 - int(pitches.max())) if len(pitches) else (0, 0)

    def note_count(self, steps: Steps) -> int:
        """The steps that name a position."""
        return int((steps[:, 0] >= FIRST_POSITION).sum())


def _tempo(tempos: Table, tick: int) -> int:
    """The index into TEMPOS nearest (by ratio) to the tempo that holds at `tick`."""
    row = tempos[tempos["tick"] <= tick][-1]
    return int(np.abs(np.log(60e6 / float(row["microseconds"])) - np.log(TEMPOS)).argmin())
