"""What sounds when: notes in seconds, held by the pedal, with the program and bend of their track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.score import BEND, PROGRAM, Score, pedal_spans

BEND_RANGE = 2.0  # semitones at full bend, the General MIDI default


@dataclass(frozen=True)
class Sounding:
    """One note as it sounds: seconds, pitch (60 = middle C), velocity 1-127, and who plays it."""

    start: float
    stop: float
    pitch: int
    velocity: int
    track: int
    program: int
    is_drum: bool


def sounding_notes(score: Score) -> list[Sounding]:
    """The notes of `score` in seconds, in order of onset; a held sustain pedal moves ends to its release."""
    stops = _held_stops(score)
    starts = score.seconds(score.notes["onset"])
    ends = score.seconds(stops)
    programs = _programs(score)
    out = []
    for note, start, end in zip(score.notes, starts, ends):
        track = score.tracks[note["track"]]
        program = programs.at(int(note["track"]), int(note["onset"]))
        out.append(
            Sounding(
                *(float(start), float(end), int(note["pitch"]), int(note["velocity"]), int(note["track"])),
                program=program,
                is_drum=track.is_drum,
            )
        )
    return out


def sounding_seconds(score: Score) -> float:
    """Seconds until the last note falls silent, pedal included."""
    stops = _held_stops(score)
    return max(score.duration, float(score.seconds(stops).max()) if len(stops) else 0.0)


def _held_stops(score: Score) -> NDArray[np.int64]:
    """Int64[N]: the tick each note falls silent: its end, its pedal's release, or the same key struck again."""
    notes = score.notes
    stops: NDArray[np.int64] = notes["onset"].astype(np.int64) + notes["duration"]
    for track in range(len(score.tracks)):
        spans = pedal_spans(score, track)
        if not len(spans):
            continue
        mine = np.flatnonzero(notes["track"] == track)
        span = np.searchsorted(spans[:, 0], stops[mine], side="right") - 1
        held = (span >= 0) & (stops[mine] < spans[np.maximum(span, 0), 1])
        stops[mine[held]] = spans[span[held], 1]
    order = np.lexsort([notes["onset"], notes["pitch"], notes["track"]])
    one, two = order[:-1], order[1:]
    same = (notes["pitch"][one] == notes["pitch"][two]) & (notes["track"][one] == notes["track"][two])
    onsets = notes["onset"].astype(np.int64)  # or the largest of them would stand for a tick before all others
    again = np.where(same, onsets[two], np.iinfo(np.int64).max)
    stops[one] = np.minimum(stops[one], np.maximum(again, onsets[one]))
    return stops


@dataclass(frozen=True)
class _Programs:
    start: list[int]
    changes: dict[int, list[tuple[int, int]]]

    def at(self, track: int, tick: int) -> int:
        program = self.start[track]
        for when, value in self.changes.get(track, ()):
            if when <= tick:
                program = value
        return program


def _programs(score: Score) -> _Programs:
    changes: dict[int, list[tuple[int, int]]] = {}
    for row in score.controls[score.controls["number"] == PROGRAM]:
        changes.setdefault(int(row["track"]), []).append((int(row["tick"]), int(row["value"])))
    return _Programs([track.program for track in score.tracks], changes)


def bend_curve(score: Score, track: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(seconds, semitones), float64[E] each: when the bend of `track` changes and to what; empty without bends."""
    rows = score.controls[(score.controls["number"] == BEND) & (score.controls["track"] == track)]
    return score.seconds(rows["tick"]), rows["value"] * (BEND_RANGE / 8192.0)
