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
    of_event: NDArray[np.int64]  # (events,): the track of each; without meaning for events of no channel
    programs: dict[int, int]  # track number -> program before its first note
    taken: NDArray[np.int64]  # events that became `programs` and are no controls

    @classmethod
    def of(cls, events: Events, notes: Notes) -> Parts:
        """The tracks of `events`. A program before the first note of a track belongs to the track."""
        code = (events.chunk << 4) | (events.status & 15)
        present = np.bincount(code[events.status < 0xF0], minlength=int(code.max()) + 1) > 0
        codes, of_event = present.nonzero()[0], (present.cumsum() - 1)[code]
        programs: dict[int, int] = {}
        first_note = np.full(len(codes), len(events.status))
        np.minimum.at(first_note, of_event[notes.start], notes.start)
        changes = ((events.status & 0xF0) == 0xC0).nonzero()[0]
        taken = []
        for event, track in zip(changes.tolist(), of_event[changes].tolist()):
            if track not in programs and event < first_note[track]:
                programs[track] = int(events.first[event])
                taken.append(event)
        return cls(codes, of_event, programs, np.array(taken, np.int64))

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
    out["track"] = parts.of_event[notes.start]
    order = ((events.tick[notes.start] << 23) | (out["pitch"].astype(np.int64) << 16) | out["track"]).argsort(
        kind="stable"
    )
    return frozen(out[order])


def frozen(table: Table) -> Table:
    """The table, now read-only."""
    table.flags.writeable = False
    return table


def map_table(rows: list[Any], dtype: np.dtype[Any], default: tuple[int, ...] | None) -> Table:
    """Tempos, meters or keys by tick; of several at one tick the last holds; `default` if there is none at 0."""
    last = {row[0]: row for row in rows}
    if default and 0 not in last:
        last[0] = default
    return frozen(np.array([last[tick] for tick in sorted(last)], dtype))


def control_table(events: Events, parts: Parts) -> Table:
    """(C,) CONTROL: controllers, pitch bends and changes of program; aftertouch has no place in a Score."""
    kind = events.status & 0xF0
    wanted = (kind == 0xB0) | (kind == 0xC0) | (kind == 0xE0)
    wanted[parts.taken] = False
    rows = wanted.nonzero()[0]
    out = np.zeros(len(rows), CONTROL)
    if not len(rows):
        return frozen(out)
    kind, first, second = kind[rows], events.first[rows], events.second[rows]
    out["tick"], out["track"], out["number"], out["value"] = events.tick[rows], parts.of_event[rows], first, second
    for special, number in ((0xC0, PROGRAM), (0xE0, BEND)):
        at = (kind == special).nonzero()[0]
        if len(at):
            value = first[at].astype(np.int16)
            out["number"][at] = number
            out["value"][at] = value if number == PROGRAM else (second[at].astype(np.int16) << 7 | value) - 8192
    return frozen(out[out["tick"].argsort(kind="stable")])
