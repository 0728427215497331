"""Score: the frozen value that every room speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.score.tables import CONTROL, KEY, METER, NOTE, TEMPO, Mark, Metadata, Table, Track

DEFAULT_TEMPO = 500_000  # microseconds per quarter: 120 beats a minute


@dataclass(frozen=True, eq=False)
class Score:
    """A piece of music. Ticks are truth, seconds are derived; notes are as written, repeats are marks.

    Build one with `Score.of`, which sorts, fills in defaults and checks. Arrays are read-only.
    """

    notes: Table  # (N,) NOTE, sorted by onset, pitch, track
    tempos: Table  # (>= 1,) TEMPO, the first at tick 0
    meters: Table  # (>= 1,) METER, the first at tick 0
    keys: Table  # (>= 0,) KEY
    controls: Table  # (>= 0,) CONTROL, sorted by tick (stable)
    marks: tuple[Mark, ...] = ()
    tracks: tuple[Track, ...] = (Track(),)
    tpq: int = 480  # ticks per quarter note
    meta: Metadata = field(default_factory=Metadata)

    @classmethod
    def of(
        cls,
        notes: ArrayLike | Table,
        *,
        tempos: ArrayLike = (),
        meters: ArrayLike = (),
        keys: ArrayLike = (),
        controls: ArrayLike = (),
        marks: Iterable[Mark] = (),
        tracks: Iterable[Track] = (),
        tpq: int = 480,
        meta: Metadata | None = None,
    ) -> Score:
        """A checked Score. Rows may come as tuples or structured arrays, in any order.

        Raises ValueError when a value is outside its range: that is a bug of the caller; readers refuse
        strange files before they come here.
        """
        note_table = _sorted(_table(notes, NOTE), ("onset", "pitch", "track"))
        parts = tuple(tracks)
        highest = int(note_table["track"].max()) if len(note_table) else 0
        parts += tuple(Track() for _ in range(highest + 1 - len(parts)))
        score = cls(
            notes=note_table,
            tempos=_map(_table(tempos, TEMPO), np.array([(0, DEFAULT_TEMPO)], TEMPO)),
            meters=_map(_table(meters, METER), np.array([(0, 4, 4)], METER)),
            keys=_map(_table(keys, KEY), np.zeros(0, KEY)),
            controls=_sorted(_table(controls, CONTROL), ("tick",)),
            marks=tuple(sorted(marks)),
            tracks=parts or (Track(),),
            tpq=tpq,
            meta=meta or Metadata(),
        )
        _check(score)
        for table in (score.notes, score.tempos, score.meters, score.keys, score.controls):
            table.flags.writeable = False
        return score

    def replace(self, **changes: Any) -> Score:
        """A new Score with some parts exchanged, sorted and checked again."""
        plain = replace(self, **changes)
        return Score.of(
            plain.notes,
            tempos=plain.tempos,
            meters=plain.meters,
            keys=plain.keys,
            controls=plain.controls,
            marks=plain.marks,
            tracks=plain.tracks,
            tpq=plain.tpq,
            meta=plain.meta,
        )

    @property
    def end(self) -> int:
        """Ticks from the start to where the last note, or an "end" mark, stops."""
        last_note = int((self.notes["onset"] + self.notes["duration"]).max()) if len(self.notes) else 0
        return max([last_note, *(mark.tick for mark in self.marks if mark.kind == "end")])

    @property
    def duration(self) -> float:
        """Seconds from the start to `end`."""
        return float(self.seconds([self.end])[0])

    def seconds(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """Float64, the shape of `ticks`: when each tick sounds, in seconds from the start."""
        starts = self.tempos["tick"].astype(np.float64)
        rates = self.tempos["microseconds"] / (1e6 * self.tpq)  # seconds per tick
        at_start = np.concatenate([[0.0], np.cumsum(np.diff(starts) * rates[:-1])])
        wanted = np.asarray(ticks, np.float64)
        row = np.clip(np.searchsorted(starts, wanted, side="right") - 1, 0, None)
        return np.asarray(at_start[row] + (wanted - starts[row]) * rates[row])

    def ticks(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """Float64, the shape of `seconds`: the (fractional) tick that sounds then. Inverse of `seconds`."""
        starts = self.seconds(self.tempos["tick"])
        rates = self.tempos["microseconds"] / (1e6 * self.tpq)
        wanted = np.asarray(seconds, np.float64)
        row = np.clip(np.searchsorted(starts, wanted, side="right") - 1, 0, None)
        return np.asarray(self.tempos["tick"][row] + (wanted - starts[row]) / rates[row])

    def __len__(self) -> int:
        """The number of notes."""
        return len(self.notes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Score):
            return NotImplemented
        tables = ("notes", "tempos", "meters", "keys", "controls")
        plain = ("marks", "tracks", "tpq", "meta")
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in tables) and all(
            getattr(self, name) == getattr(other, name) for name in plain
        )

    def __hash__(self) -> int:
        return hash((self.notes.tobytes(), self.tpq, self.marks, self.meta))

    def __repr__(self) -> str:
        title = f" '{self.meta.title}'" if self.meta.title else ""
        return f"<Score{title}: {len(self)} notes, {len(self.tracks)} tracks, {self.duration:.1f} s>"


def _table(rows: ArrayLike, dtype: np.dtype[Any]) -> Table:
    """A fresh array of `dtype` from rows given as tuples or as a structured array."""
    if isinstance(rows, np.ndarray) and rows.dtype == dtype:
        return rows.copy()
    return np.array([tuple(row) for row in cast(Iterable[Any], rows)], dtype)


def _sorted(table: Table, by: tuple[str, ...]) -> Table:
    order = np.lexsort([table[name] for name in reversed(by)])
    return np.ascontiguousarray(table[order])


def _map(table: Table, default: Table) -> Table:
    """A map sorted by tick with one row a tick (the last given wins) and, if there is a default, a row at 0."""
    rows = {int(row["tick"]): row for row in _sorted(table, ("tick",))}
    if len(default) and 0 not in rows:
        rows[0] = default[0]
    return np.array([rows[tick] for tick in sorted(rows)], table.dtype)


def _check(score: Score) -> None:
    """Raises ValueError when a value is outside what `etude.score.tables` promises."""
    notes, meters = score.notes, score.meters
    ends = notes["onset"].astype(np.int64) + notes["duration"]
    rules = {
        "ticks per quarter must be positive": score.tpq > 0,
        "onsets must not be negative": not (notes["onset"] < 0).any(),
        "durations must not be negative": not (notes["duration"] < 0).any(),
        "note ends must fit into 31 bits": not (ends >= 2**31).any(),
        "pitches must be 0..127": not (notes["pitch"] > 127).any(),
        "velocities must be 1..127": not ((notes["velocity"] < 1) | (notes["velocity"] > 127)).any(),
        "tempos must be positive": bool((score.tempos["microseconds"] > 0).all()),
        "ticks of maps must not be negative": all(
            not (table["tick"] < 0).any() for table in (score.tempos, score.meters, score.keys, score.controls)
        ),
        "meters must be positive": bool((meters["numerator"] > 0).all() & (meters["denominator"] > 0).all()),
    }
    for rule, holds in rules.items():
        if not holds:
            raise ValueError(f"{rule} (score '{score.meta.title}')")
