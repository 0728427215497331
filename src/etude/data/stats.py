"""What kind of music a collection holds, in figures: what the chooser of recipes looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from etude.data.grid import grid_share
from etude.score import Score, Table, on_drums

STATS = np.dtype(
    [
        ("notes", "<i4"),
        ("drum_notes", "<i4"),
        ("voices", "<i2"),  # tracks with notes
        ("single", "<f4"),  # share of pitched notes that begin when no other sounds
        ("lines", "<f4"),  # the same within each track, averaged over the notes
        ("on_grid", "<f4"),  # share of onsets on the tempo map's grid, in excess of chance
        ("seconds", "<f4"),
        ("tpq", "<i4"),
        ("numerator", "<i2"),
        ("denominator", "<i2"),
        ("meters", "<i2"),  # how many meter changes, the first included
        ("velocities", "<i2"),  # distinct velocities
        ("chords", "?"),  # chord symbols stand above the notes
    ]
)
SCORED = 0.8  # on_grid from here on: written music; below: a performance
MONOPHONIC = 0.97  # single from here on: one voice


@dataclass(frozen=True)
class CollectionSummary:
    """A collection in figures. Shares are of pieces, except `drums` (of notes); `seconds` in total."""

    files: int
    pieces: int
    notes: int
    seconds: float
    voices: float  # median number of tracks with notes
    largest_voices: int
    drums: float  # share of all notes that are drums
    performed: float  # share of pieces that are not on the tempo map's grid
    monophonic: float  # share of pieces with one voice at a time
    velocities: float  # median number of distinct velocities in a piece
    chord_symbols: float  # share of pieces with chord symbols
    four_voices: float  # share of pieces with exactly four tracks of one note at a time
    meters: dict[str, int]  # how many pieces begin in each meter, the most common first
    median_notes: float  # of a piece

    @property
    def is_performed(self) -> bool:
        """Whether most pieces were played rather than written."""
        return self.performed > 0.5


def stats_of(score: Score) -> tuple[int | float | bool, ...]:
    """One row of STATS."""
    notes = score.notes
    drums = on_drums(score)
    pitched = notes[~drums]
    meter = score.meters[0]
    return (
        len(notes),
        int(drums.sum()),
        len(np.unique(notes["track"])),
        _single(pitched, score.tpq),
        _lines(pitched, score.tpq),
        grid_share(score),
        score.duration,
        score.tpq,
        int(meter["numerator"]),
        int(meter["denominator"]),
        len(score.meters),
        len(np.unique(notes["velocity"])),
        any(mark.kind == "chord" for mark in score.marks),
    )


def _single(pitched: Table, tpq: int) -> float:
    """The share of notes that begin when no other sounds; an overlap below a twelfth of a quarter is legato."""
    if len(pitched) < 2:
        return 1.0
    ends = np.maximum.accumulate(pitched["onset"] + pitched["duration"])
    alone = pitched["onset"][1:] + max(1, tpq // 12) > ends[:-1]
    alone &= np.diff(pitched["onset"]) > 0
    return float(alone.mean())


def _lines(pitched: Table, tpq: int) -> float:
    """The share of notes that begin when no other note of their track sounds."""
    parts = [pitched[pitched["track"] == track] for track in np.unique(pitched["track"])]
    return sum(_single(part, tpq) * len(part) for part in parts) / len(pitched) if len(pitched) else 1.0


def summarise(stats: Table, files: int) -> CollectionSummary:
    """The CollectionSummary of pieces given by their STATS rows."""
    notes = max(1, int(stats["notes"].sum()))
    four = (stats["voices"] == 4) & (stats["lines"] >= MONOPHONIC) & (stats["drum_notes"] == 0)
    return CollectionSummary(
        files=files,
        pieces=len(stats),
        notes=int(stats["notes"].sum()),
        seconds=float(stats["seconds"].sum()),
        voices=_median(stats["voices"]),
        largest_voices=int(stats["voices"].max()) if len(stats) else 0,
        drums=float(stats["drum_notes"].sum() / notes),
        performed=_share(stats["on_grid"] < SCORED),
        monophonic=_share(stats["single"] >= MONOPHONIC),
        velocities=_median(stats["velocities"]),
        chord_symbols=_share(stats["chords"]),
        four_voices=_share(four),
        meters=_meters(stats),
        median_notes=_median(stats["notes"]),
    )


def _meters(stats: Table) -> dict[str, int]:
    pairs: Iterable[tuple[int, int]] = zip(stats["numerator"].tolist(), stats["denominator"].tolist())
    return {f"{top}/{bottom}": count for (top, bottom), count in Counter(pairs).most_common()}


def _median(values: Table) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _share(hits: Table) -> float:
    return float(hits.mean()) if len(hits) else 0.0
