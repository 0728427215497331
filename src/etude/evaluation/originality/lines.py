"""A piece as lines of steps: what is compared when passages are looked for.

Conventions
    A line is the highest voice of all pitched tracks together ("melody"), each pitched track's highest voice by
    itself where there are several, and the drums. A step of a pitched line is the interval in semitones to the note
    before; neither key nor rhythm nor tempo counts. A step of the drums is what is struck, and whether the time
    since the last stroke grew, stayed or shrank: drums have no key, and without rhythm they would say too little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etude.data.fingerprints import drum_steps
from etude.score import Score, bar_starts, highest_notes, pickup_ticks
from etude.score.tables import Table

MELODY, DRUMS = "melody", "drums"
_ZERO = 256  # added to an interval, so that none is negative
_CELLS = 12  # of a quarter: drum strokes in one cell are struck together, players being no machines

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Line:
    """N notes of a piece in a row: N - 1 steps between them."""

    voice: str  # "melody", the name of a track, or "drums"
    steps: Numbers  # [N - 1], each above 0
    onsets: Numbers  # [N] ticks

    def __len__(self) -> int:
        return len(self.onsets)


def lines(score: Score) -> list[Line]:
    """The lines of a piece, the melody first (the drums where there is nothing else); none without notes."""
    found = [_pitched(MELODY, highest_notes(score))]
    used = [n for n, track in enumerate(score.tracks) if not track.is_drum and (score.notes["track"] == n).any()]
    for number in used if len(used) > 1 else ():
        own = replace(score, notes=score.notes[score.notes["track"] == number])
        line = _pitched(score.tracks[number].name or f"track {number + 1}", highest_notes(own))
        if not any(np.array_equal(line.steps, other.steps) for other in found):
            found.append(line)
    return [line for line in (*found, _drums(score)) if len(line)]


def bars_of(score: Score, ticks: Numbers) -> Numbers:
    """Int64, the shape of `ticks`: the bar each stands in, counted from 1 (a pickup is bar 0)."""
    first = 0 if pickup_ticks(score) else 1
    return np.asarray(np.searchsorted(bar_starts(score), ticks, side="right") - 1 + first, np.int64)


def _pitched(voice: str, notes: Table) -> Line:
    steps = np.diff(notes["pitch"].astype(np.int64)) + _ZERO
    return Line(voice, np.asarray(steps, np.int64), np.asarray(notes["onset"], np.int64))


def _drums(score: Score) -> Line:
    drums = np.array([track.is_drum for track in score.tracks], np.bool_)
    notes = score.notes[drums[score.notes["track"]]]
    onsets: Numbers = np.asarray(notes["onset"], np.int64)
    cells = ((onsets * _CELLS * 2 + score.tpq) // (2 * score.tpq)).astype(np.int32)
    first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])) if len(cells) else np.zeros(0, np.int64)
    return Line(DRUMS, drum_steps(cells, notes["pitch"].astype(np.int32)).astype(np.int64), onsets[first])
