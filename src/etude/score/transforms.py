"""Pure transforms: each takes a Score and returns a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace as replace_fields

import numpy as np
from numpy.typing import NDArray

from etude.score.score import Score
from etude.score.tables import Table, Track


def transpose(score: Score, semitones: int) -> Score:
    """The Score moved by `semitones`; drums stay, keys follow. Raises ValueError when a note leaves 0..127."""
    notes = score.notes.copy()
    pitched = ~on_drums(score)
    moved = notes["pitch"].astype(np.int16) + np.where(pitched, semitones, 0)
    if len(moved) and (moved.min() < 0 or moved.max() > 127):
        raise ValueError(f"moving by {semitones} semitones takes a note out of the range 0..127")
    notes["pitch"] = moved
    keys = score.keys.copy()
    keys["fifths"] = [nearest_fifths(int(fifths) + 7 * semitones) for fifths in keys["fifths"]]
    return score.replace(notes=notes, keys=keys)


def nearest_fifths(fifths: int) -> int:
    """The key signature in -5..6 that sounds the same as `fifths` sharps."""
    return (fifths + 5) % 12 - 5


def _with_ticks(score: Score, moved: Callable[[Table], Table], tpq: int) -> Score:
    """The Score with every tick `t` exchanged for `moved(t)`; durations follow from the moved ends."""
    notes = score.notes.copy()
    onsets = moved(notes["onset"].astype(np.int64))
    notes["duration"] = moved(notes["onset"].astype(np.int64) + notes["duration"]) - onsets
    notes["onset"] = onsets
    tables = {"notes": notes}
    for name in ("tempos", "meters", "keys", "controls"):
        table = getattr(score, name).copy()
        table["tick"] = moved(table["tick"].astype(np.int64))
        tables[name] = table
    marks = [replace_fields(mark, tick=int(moved(np.array([mark.tick]))[0])) for mark in score.marks]
    return score.replace(**tables, marks=marks, tpq=tpq)


def resample(score: Score, tpq: int) -> Score:
    """The same music counted in `tpq` ticks a quarter; times are rounded to the nearest new tick."""
    if tpq == score.tpq:
        return score
    old = score.tpq
    out = _with_ticks(score, lambda ticks: (ticks * tpq * 2 + old) // (2 * old), tpq)
    scaled = [
        replace_fields(mark, text=str(round(int(mark.text or 0) * tpq / old))) if mark.kind == "pickup" else mark
        for mark in out.marks
    ]
    return out.replace(marks=scaled)


def stretch(score: Score, factor: float) -> Score:
    """The same ticks played `factor` times as long (2.0 = half the tempo)."""
    tempos = score.tempos.copy()
    tempos["microseconds"] = np.clip(np.rint(tempos["microseconds"] * factor), 1, 2**24 - 1)
    return score.replace(tempos=tempos)


def quantise(score: Score, step: int, *, minimum: int | None = None) -> Score:
    """Onsets and ends moved to the nearest multiple of `step` ticks; no note shorter than `minimum` (`step`)."""
    notes = score.notes.copy()
    shortest = step if minimum is None else minimum
    onsets = (notes["onset"].astype(np.int64) + step // 2) // step * step
    ends = (notes["onset"].astype(np.int64) + notes["duration"] + step // 2) // step * step
    notes["onset"], notes["duration"] = onsets, np.maximum(ends - onsets, shortest)
    return score.replace(notes=notes)


def cut(score: Score, start: int, stop: int) -> Score:
    """What begins in ticks [start, stop), moved to 0; notes that reach over `stop` end there.

    Tempo, meter and key that hold at `start` hold at 0; sustain held at `start` is not carried over.
    """
    notes = score.notes[(score.notes["onset"] >= start) & (score.notes["onset"] < stop)].copy()
    notes["duration"] = np.minimum(notes["duration"], stop - notes["onset"])
    notes["onset"] -= start
    tables = {"notes": notes}
    for name in ("tempos", "meters", "keys"):
        table = getattr(score, name)
        table = table[table["tick"] < stop].copy()
        before = table["tick"] <= start
        table["tick"] = np.maximum(table["tick"] - start, 0)
        tables[name] = table[max(0, int(before.sum()) - 1) :]
    controls = score.controls[(score.controls["tick"] >= start) & (score.controls["tick"] < stop)].copy()
    controls["tick"] -= start
    marks = [
        replace_fields(mark, tick=mark.tick - start)
        for mark in score.marks
        if start <= mark.tick < stop and not (mark.kind == "pickup" and start > 0)
    ]
    return score.replace(**tables, controls=controls, marks=marks)


def merge_tracks(score: Score, keep: Iterable[int] | None = None) -> Score:
    """All pitched tracks (or those numbered in `keep`) as one track 0; the rest is left out."""
    chosen = [i for i, t in enumerate(score.tracks) if not t.is_drum] if keep is None else list(keep)
    notes = score.notes[np.isin(score.notes["track"], chosen)].copy()
    notes["track"] = 0
    controls = score.controls[np.isin(score.controls["track"], chosen)].copy()
    controls["track"] = 0
    track = score.tracks[chosen[0]] if chosen else Track()
    return score.replace(notes=notes, controls=controls, tracks=(track,))


def skyline(score: Score) -> Score:
    """The melody as the ear takes it: at each onset the highest note, cut where the next one begins.

    Source: Uitdenbogerd and Zobel, "Manipulation of music for melody matching" (1998).
    """
    merged = merge_tracks(score)
    notes = highest_notes(score)
    gaps = np.append(np.diff(notes["onset"]), notes["duration"][-1:])
    notes["duration"] = np.minimum(notes["duration"], gaps)
    notes["track"] = 0
    return merged.replace(notes=notes)


def on_drums(score: Score) -> NDArray[np.bool_]:
    """Bool[N]: which notes are struck on drums."""
    kits = np.array([track.is_drum for track in score.tracks], np.bool_)
    return np.asarray(kits[score.notes["track"]])


def pitched_notes(score: Score) -> Table:
    """The notes that are not drums, in score order."""
    return np.asarray(score.notes[~on_drums(score)])


def highest_notes(score: Score) -> Table:
    """At each onset the highest note, drums left out, with its length as written."""
    notes = pitched_notes(score)
    onsets = notes["onset"]  # sorted by onset, then pitch: the last at an onset is the highest
    return np.asarray(notes[np.append(onsets[1:] != onsets[:-1], np.ones(min(1, len(notes)), np.bool_))])


def melody_intervals(score: Score) -> NDArray[np.int64]:
    """Int64[N - 1]: semitones between the successive notes of the skyline, drums left out; empty without notes."""
    return np.asarray(np.diff(highest_notes(score)["pitch"].astype(np.int64)), np.int64)


def concatenate(first: Score, second: Score, gap: int = 0) -> Score:
    """`first`, then `gap` ticks of rest, then `second` (resampled to the ticks of `first`)."""
    other = resample(second, first.tpq)
    start = first.end + gap
    tables = {}
    for name in ("notes", "tempos", "meters", "keys", "controls"):
        column = "onset" if name == "notes" else "tick"
        moved = getattr(other, name).copy()
        moved[column] += start
        tables[name] = np.concatenate([getattr(first, name), moved])
    marks = [mark for mark in first.marks if mark.kind != "end"]
    marks += [replace_fields(m, tick=m.tick + start) for m in other.marks if m.kind != "pickup"]
    tracks = first.tracks if len(first.tracks) >= len(other.tracks) else other.tracks
    return first.replace(**tables, marks=marks, tracks=tracks)
