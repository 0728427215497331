"""Bars by their numbers, and a Score with other notes in some of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from etude.score.bars import bar_starts, pickup_ticks
from etude.score.score import Score
from etude.score.tables import Mark, Table
from etude.score.transforms import resample

_OF_NOTES = ("tie", "tuplet", "grace", "lyric")  # marks that go with the notes they stand at
_FINEST = 30_000  # ticks a quarter that a MIDI file can state


def numbered_bars(score: Score) -> dict[int, tuple[int, int]]:
    """Number -> (first tick, tick at which it ends) of every bar as written; 0 is the upbeat, if any."""
    first = 0 if pickup_ticks(score) else 1
    return {first + number: span for number, span in enumerate(pairwise(bar_starts(score).tolist()))}


def patched(score: Score, start: int, stop: int, notes: Table, tracks: Sequence[int]) -> Score:
    """`score` with `notes` (NOTE rows) instead of what begins in ticks [start, stop) on `tracks`.

    All else stays, byte for byte: other notes, maps, controllers and marks, but for marks that belong to the notes
    that are gone. A new note that would sound together with one of the same key stops when that begins, or is left
    out. The end of the piece stays where it was.
    """
    inside = (score.notes["onset"] >= start) & (score.notes["onset"] < stop) & np.isin(score.notes["track"], tracks)
    kept = score.notes[~inside]
    fresh = [row for row in notes.copy() if _makes_room(row, kept)]
    marks = [m for m in score.marks if not (start <= m.tick < stop and m.kind in _OF_NOTES and m.track in tracks)]
    out = score.replace(notes=np.concatenate([kept, np.array(fresh, score.notes.dtype)]), marks=marks)
    return out if out.end >= score.end else out.replace(marks=[*marks, Mark(score.end, "end")])


def _makes_room(row: Table, kept: Table) -> bool:
    """Cuts a new note, in place, before the same key is struck; whether anything is left of it."""
    same = kept[(kept["track"] == row["track"]) & (kept["pitch"] == row["pitch"])]
    if ((same["onset"] <= row["onset"]) & (same["onset"] + same["duration"] > row["onset"])).any():
        return False
    later = same["onset"][same["onset"] > row["onset"]]
    if len(later):
        row["duration"] = min(int(row["duration"]), int(later.min()) - int(row["onset"]))
    return True


def fine_enough(score: Score, ticks: Sequence[float]) -> Score:
    """`score` counted in so many ticks a quarter that all of `ticks` (of the score, with fractions) are whole.

    Where no such number can be stated the score itself: then `ticks` have to be rounded.
    """
    times = np.asarray(ticks, np.float64)
    for factor in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24):
        if factor * score.tpq <= _FINEST and np.abs(times * factor - np.rint(times * factor)).max(initial=0) < 1e-6:
            return resample(score, factor * score.tpq)
    return score
