"""Performed music moved to a grid that can be written down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, Table

DIVISIONS = (4, 3)  # sixteenths, or triplets, whichever a beat is nearer to
CLEARLY = 0.6  # triplets must fit this much better, for they are the rarer reading
NOTATED = 48  # parts of a quarter: 64ths and triplets of 32nds are taken as written


def on_a_grid(score: Score) -> Score:
    """The Score as it is when its notes stand on fine parts of a quarter, else each beat's onsets and ends moved
    to the nearest sixteenth or triplet eighth."""
    notes = score.notes
    times = np.concatenate([notes["onset"], notes["onset"] + notes["duration"]]).astype(np.int64)
    if not (times * NOTATED % score.tpq).any():
        return score
    return score.replace(notes=moved(score.notes, score.tpq))


def moved(notes: Table, tpq: int) -> Table:
    """The notes with each beat's onsets and ends on the nearest sixteenths or triplet eighths."""
    notes = notes.copy()
    onsets = notes["onset"].astype(np.int64)
    triplet = _nearer_to_triplets(onsets, onsets // tpq, tpq)
    step = np.where(triplet, tpq / DIVISIONS[1], tpq / DIVISIONS[0])
    new_onsets = np.rint(onsets / step) * step
    new_ends = np.rint((onsets + notes["duration"]) / step) * step
    notes["onset"] = np.rint(new_onsets)
    notes["duration"] = np.rint(np.maximum(new_ends, new_onsets + step)) - notes["onset"]
    return notes


def _nearer_to_triplets(onsets: NDArray[np.int64], beats: NDArray[np.int64], tpq: int) -> NDArray[np.bool_]:
    """For each onset, whether the onsets of its beat lie clearly nearer to thirds than to quarters of it."""
    errors = []
    for parts in DIVISIONS:
        step = tpq / parts
        away = np.abs(onsets - np.rint(onsets / step) * step)
        errors.append(np.bincount(beats, weights=away)[beats])
    return np.asarray(errors[1] < CLEARLY * errors[0])
