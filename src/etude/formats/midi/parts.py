"""Events -> the parts of a Score: one track for every channel of every chunk, with its notes and controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import Reason
from etude.formats.midi.columns import Events, Notes
from etude.formats.midi.flaws import Flaws
from etude.score import BEND, CONTROL, NOTE, PROGRAM, Table, Track

DRUM_CHANNEL = 9  # channel 10 in the counting of musicians


@dataclass(frozen=True)
class Parts:
    """The tracks: code (chunk * 16 + channel) of each, its program, and which events set a program for good."""

    codes: NDArray[np.int64]  # (tracks,), ascending
    programs: dict[int, int]  # track number -> program before its first note
    taken: NDArray[np.int64]  # events that became `programs` and are no controls

    @classmethod
    def of(cls, events: Events, notes: Notes) -> Parts:
        """The tracks of `events`. A program before the first note of a track belongs to the track."""
        codes = np.flatnonzero(np.bincount(_code(events, np.flatnonzero(events.status < 0xF0))))
        out = cls(codes, {}, np.zeros(0, np.int64))
        first_note = np.full(len(codes), len(events.status))
        np.minimum.at(first_note, out.number(events, notes.start), notes.start)
        changes = np.flatnonzero((events.status & 0xF0) == 0xC0)
        taken = []
        for event, track in zip(changes.tolist(), out.number(events, changes).tolist()):
            if track not in out.programs and event < first_note[track]:
                out.programs[track] = int(events.first[event])
                taken.append(event)
        return cls(codes, out.programs, np.array(taken, np.int64))

    def number(self, events: Events, rows: Any) -> NDArray[np.int64]:
        """Int64: the track of each event in `rows`."""
        return np.searchsorted(self.codes, _code(events, rows))

    def first_of(self, chunk: int) -> int:
        """The first track of a chunk; 0 when the chunk has none."""
        found = int(np.searchsorted(self.codes, chunk * 16))
        return found if found < len(self.codes) and self.codes[found] >> 4 == chunk else 0

    def tracks(self, names: dict[int, str]) -> list[Track]:
        """Name, program and kind of each track."""
        return [
            Track(names.get(code >> 4, ""), self.programs.get(i, 0), code & 15 == DRUM_CHANNEL)
            for i, code in enumerate(self.codes.tolist())
        ]


def _code(events: Events, rows: Any) -> NDArray[np.int64]:
    code: NDArray[np.int64] = (events.chunk[rows] << 4) | (events.status[rows] & 15)
    return code


def note_table(events: Events, notes: Notes, parts: Parts, flaws: Flaws) -> Table:
    """(N,) NOTE. A note of no length gets one tick, so that it can be heard and written."""
    out = np.zeros(len(notes.start), NOTE)
    none = notes.duration == 0
    if none.any():
        text = "a note without length was given one tick"
        flaws.mended(text, Reason.BAD_TIME, count=int(none.sum()))
    out["onset"] = events.tick[notes.start]
    out["duration"] = notes.duration + none
    out["pitch"] = events.first[notes.start]
    out["velocity"] = events.second[notes.start]
    out["track"] = parts.number(events, notes.start)
    return out


def control_table(events: Events, parts: Parts) -> Table:
    """(C,) CONTROL: controllers, pitch bends and changes of program; aftertouch has no place in a Score."""
    kind = events.status & 0xF0
    wanted = (kind == 0xB0) | (kind == 0xC0) | (kind == 0xE0)
    wanted[parts.taken] = False
    rows = np.flatnonzero(wanted)
    out = np.zeros(len(rows), CONTROL)
    kind, first, second = kind[rows], events.first[rows], events.second[rows].astype(np.int16)
    out["tick"], out["track"] = events.tick[rows], parts.number(events, rows)
    out["number"] = np.where(kind == 0xB0, first, np.where(kind == 0xE0, BEND, PROGRAM))
    out["value"] = np.where(kind == 0xB0, second, np.where(kind == 0xE0, (second << 7 | first) - 8192, first))
    return out
