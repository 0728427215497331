"""The notes of one part of a Score as columns, their times on a grid."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, Reason
from etude.score import Score, Table, merge_tracks, skyline

Time = Literal["performed", "scored"]  # counted in seconds or in quarters


def columns(score: Score, part: str, time: Time, resolution: int) -> tuple[NDArray[Any], ...]:
    """Int[N] onsets, pitches, durations (in ticks of the grid) and velocities, by onset and pitch, all unlike.

    `resolution` is ticks per second or per quarter, `part` as in `Notes`. Rounding can bring notes together: of
    equal ones the longest stays, of a melody the highest. Raises BadInput when the part holds no note.
    """
    notes = select(score, part)
    onsets, ends = _on_grid(score, notes, time, resolution)
    order = unlike(notes["pitch"], onsets, ends, part)
    found = (onsets, notes["pitch"], ends - onsets, notes["velocity"])
    return found if order is None else tuple(column[order] for column in found)


def unlike(
    pitches: NDArray[Any], onsets: NDArray[np.int64], ends: NDArray[np.int64], part: str
) -> NDArray[np.intp] | None:
    """Int[M]: which of N notes to keep, by onset and pitch, so that no two are alike; None: all, as they stand.

    Of notes with one onset and pitch the longest stays, of a melody's notes with one onset the highest.
    """
    keys = onsets * 128 + pitches
    same = onsets if part == "skyline" else keys
    if (np.diff(same) > 0).all():
        return None
    order = np.lexsort([ends, keys])
    return np.asarray(order[np.append(np.diff(same[order]) != 0, True)])


def _on_grid(
    score: Score, notes: Table, time: Time, resolution: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Int64[N] onsets and ends in ticks of the grid; no note is shorter than one."""
    onsets = notes["onset"].astype(np.float64)
    ends = onsets + notes["duration"]
    if time == "scored":
        factor = resolution / score.tpq
    elif len(score.tempos) == 1:
        factor = float(score.tempos["microseconds"][0]) * resolution / (1e6 * score.tpq)
    else:
        onsets, ends, factor = score.seconds(onsets), score.seconds(ends), float(resolution)
    starts = np.rint(onsets * factor).astype(np.int64)
    return starts, np.maximum(np.rint(ends * factor).astype(np.int64), starts + 1)


def select(score: Score, part: str) -> Table:
    """The notes (NOTE rows in score order) of a part, see `Notes`. Raises BadInput when there are none."""
    drums = [index for index, track in enumerate(score.tracks) if track.is_drum]
    used = set(np.unique(score.notes["track"]).tolist())
    if part == "skyline":
        notes = skyline(score).notes
    elif part == "merged" and not drums:
        notes = score.notes
    elif part == "merged":
        notes = merge_tracks(score).notes
    else:
        named = [index for index, track in enumerate(score.tracks) if track.name == part]
        pitched = [index for index in range(len(score.tracks)) if index not in drums and index in used]
        keep = {"drums": drums, "first": pitched[:1]}.get(part, named)
        notes = score.notes[np.isin(score.notes["track"], keep)]
    if not len(notes):
        parts = ", ".join(sorted({track.name for track in score.tracks if track.name})) or "none has a name"
        raise BadInput(f"There is no note in the part '{part}'. Tracks: {parts}.", Reason.EMPTY)
    return notes


def room(onsets: NDArray[np.int64], pitches: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Int64[N]: ticks from each note until its key is struck again; very many when it is not."""
    by_key = np.argsort(pitches, kind="stable")
    gaps = np.full(len(onsets), 2**31, np.int64)
    again = pitches[by_key][1:] == pitches[by_key][:-1]
    gaps[by_key[:-1]] = np.where(again, np.diff(onsets[by_key]), 2**31)
    return gaps
