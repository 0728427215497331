"""The tables a Score is made of, as NumPy row types. Times are ticks; a quarter note has `Score.tpq` of them.

NOTE     12 bytes: onset, duration, pitch 0-127 (60 = middle C), velocity 1-127, track
TEMPO    tick, microseconds per quarter
METER    tick, numerator, denominator (a power of two)
KEY      tick, fifths (-7 flats .. 7 sharps, of the signature), mode (an index into MODES)
CONTROL  tick, track, number (0-127 a controller, BEND or PROGRAM), value (0-127; a bend is -8192..8191)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

NOTE = np.dtype([("onset", "<i4"), ("duration", "<i4"), ("pitch", "u1"), ("velocity", "u1"), ("track", "<u2")])
TEMPO = np.dtype([("tick", "<i4"), ("microseconds", "<i4")])
METER = np.dtype([("tick", "<i4"), ("numerator", "<i2"), ("denominator", "<i2")])
KEY = np.dtype([("tick", "<i4"), ("fifths", "i1"), ("mode", "u1")])
CONTROL = np.dtype([("tick", "<i4"), ("track", "<u2"), ("number", "u1"), ("value", "<i2")])

Table = NDArray[Any]  # a structured array of one of the row types above

SUSTAIN, SOSTENUTO, SOFT = 64, 66, 67
BEND, PROGRAM = 128, 129  # numbers beyond the 128 controllers
MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
MODE_TONIC = (0, 9, 2, 4, 5, 7, 11)  # semitones from the signature's major tonic to the mode's tonic

MarkKind = Literal[
    "repeat_start",  # text ""
    "repeat_end",  # text: how often the passage sounds in all, "2" if empty
    "ending",  # first tick of a numbered ending; text "1", "2", "1,3"
    "ending_end",  # first tick after a numbered ending
    "segno",
    "coda",
    "fine",
    "to_coda",
    "da_capo",  # text "" | "fine" | "coda"
    "dal_segno",  # text "" | "fine" | "coda"
    "barline",  # text "||", "|]": its look; "|": bars count anew from here; "[|]": one is due here but not written
    "pickup",  # at tick 0; text: length of the incomplete first bar in ticks
    "tie",  # a written tie inside a sounding note; text: pitch
    "tuplet",  # text "p:q:r" as in ABC, at the first note
    "grace",  # grace notes before the note at this tick (they are not in the note table); text: pitches "79 81"
    "chord",  # a chord symbol; text "Am7"
    "lyric",  # text: syllable
    "words",  # any other text above the staff
    "end",  # the piece lasts until here although no note does
]
MARK_KINDS: tuple[str, ...] = get_args(MarkKind)


@dataclass(frozen=True, order=True)
class Mark:
    """Something written at a tick that is no note: see MARK_KINDS for each kind's text."""

    tick: int
    kind: str
    text: str = ""
    track: int = 0


@dataclass(frozen=True)
class Track:
    """One part: its name, General MIDI program 0-127, and whether it is a drum kit."""

    name: str = ""
    program: int = 0
    is_drum: bool = False


@dataclass(frozen=True)
class Metadata:
    """Who wrote it, where it comes from, and what may be done with it. `extra` holds other (name, value) pairs."""

    title: str = ""
    composer: str = ""
    origin: str = ""
    licence: str = ""
    reproduce: str = ""  # the reproducibility line of a piece that etude made
    extra: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The first value stored in `extra` under `name`."""
        return next((value for key, value in self.extra if key == name), default)


def notes_from(columns: dict[str, Any]) -> Table:
    """Notes from columns `onset, duration, pitch` and, if given, `velocity` (else 80) and `track` (else 0)."""
    out = np.zeros(len(columns["onset"]), NOTE)
    out["velocity"] = 80
    for name, values in columns.items():
        out[name] = values
    return out
