"""The symbols of the encoding "abc": what each value of its one field stands for. Times are ticks, 480 a quarter.

A duration is a state: the symbol "duration" holds until the next one, as most notes of a tune are equally long.
Pitches are those that sound: a Score has no spelling, so letters with accidentals would only be more names for
the same keys. There is no unit length: with durations in ticks it would say nothing.
"""

from __future__ import annotations

from typing import Any, Literal

from etude.score import MODES

Kind = Literal[
    "begin",
    "end",
    "rhythm",  # tune type, a text of RHYTHMS
    "meter",  # (numerator, denominator)
    "key",  # (fifths, mode), or None: no key is known
    "parts",  # how many sections the tune has; the last stands for all larger numbers
    "upbeat",  # ticks of the incomplete first bar, 0 if it is complete
    "duration",  # written ticks of the notes that follow
    "pitch",  # MIDI number
    "rest",
    "hold",  # the note or chord before goes on
    "also",  # the next pitch sounds together with the one before
    "tuplet",  # (p, q, unit): p units are played in the time of q
    "line",  # text of LINES
    "ending",  # 1 or 2
]

TPQ = 480
GRAIN = 30  # all written times are multiples of this, a 64th note
LOWEST, HIGHEST = 36, 96

RHYTHMS = (
    *("", "reel", "jig", "slip jig", "hornpipe", "polka", "slide", "waltz", "march", "strathspey", "air", "clog"),
    *("fling", "barndance", "mazurka", "set dance", "walkaround", "schottische"),
)
_USUAL_METERS = (
    (4, 4),
    (2, 2),
    (6, 8),
    (2, 4),
    (3, 4),
    (9, 8),
    (12, 8),
    (3, 8),
    (6, 4),
    (3, 2),
    (4, 2),
    (9, 4),
    (12, 4),
)
_BY_LENGTH = [
    *((count, 4) for count in range(1, 13)),
    *((count, 8) for count in range(1, 24, 2)),
    *((count, 16) for count in range(1, 32, 2)),
    *((count, 32) for count in range(1, 32, 2)),
]
METERS = (*_USUAL_METERS, *(meter for meter in _BY_LENGTH if meter not in _USUAL_METERS))
MAXIMUM_PARTS = 8
UPBEATS = (*range(0, 1980, 60), 30, 90, 150, 210)
DURATIONS = tuple(
    sorted(
        {GRAIN * dots * 2**power for power in range(7) for dots in (1, 3, 7) if dots * 2**power <= 96} | {600, 1200}
    )
)
TUPLETS = (
    *((3, 2, unit) for unit in (30, 60, 120, 240, 480, 960)),
    *((5, count, unit) for count in (2, 4) for unit in (60, 120, 240)),
    *((7, count, unit) for count in (2, 4, 6) for unit in (60, 120, 240)),
    *((9, count, unit) for count in (2, 3) for unit in (60, 120, 240)),
)
PLAIN, DOUBLE, REPEAT_END, REPEAT_START, REPEAT_BOTH = LINES = ("|", "||", ":|", "|:", "::")

SYMBOLS: tuple[tuple[Kind, Any], ...] = (
    ("begin", None),
    ("end", None),
    *(("rhythm", name) for name in RHYTHMS),
    *(("meter", meter) for meter in METERS),
    ("key", None),
    *(("key", (fifths, mode)) for mode in range(len(MODES)) for fifths in range(-7, 8)),
    *(("parts", count) for count in range(1, MAXIMUM_PARTS + 1)),
    *(("upbeat", ticks) for ticks in UPBEATS),
    *(("duration", ticks) for ticks in DURATIONS),
    *(("pitch", pitch) for pitch in range(LOWEST, HIGHEST + 1)),
    ("rest", None),
    ("hold", None),
    ("also", None),
    *(("tuplet", tuplet) for tuplet in TUPLETS),
    *(("line", text) for text in LINES),
    *(("ending", number) for number in (1, 2)),
)
VALUE: dict[tuple[Kind, Any], int] = {symbol: value for value, symbol in enumerate(SYMBOLS)}
SIZE = len(SYMBOLS)
HEADER: tuple[Kind, ...] = ("rhythm", "meter", "key", "parts", "upbeat")

TICKS_OF_METER = {meter: 4 * TPQ * meter[0] // meter[1] for meter in METERS}
METER_OF_TICKS = {TICKS_OF_METER[meter]: meter for meter in reversed((*_BY_LENGTH, *_USUAL_METERS))}

# quarter notes a minute at which a tune of a type, or else of a meter, is danced
TEMPO_OF_RHYTHM = {
    **{"reel": 200, "jig": 165, "slip jig": 165, "hornpipe": 160, "polka": 130, "slide": 180, "waltz": 140},
    **{"march": 110, "strathspey": 120, "air": 80, "barndance": 160, "mazurka": 140, "set dance": 140},
}
TEMPO_OF_METER = {(2, 2): 180, (4, 4): 160, (2, 4): 110, (3, 4): 130, (6, 8): 160, (9, 8): 160, (12, 8): 170}


def values_of(*kinds: Kind) -> list[int]:
    """All values whose symbol is of one of `kinds`, in order."""
    return [value for value, (kind, _) in enumerate(SYMBOLS) if kind in kinds]


def spelled(value: int) -> str:
    """A readable name of one value, for logs and reports: 'pitch 62', 'meter (6, 8)', 'line |:'."""
    kind, what = SYMBOLS[value]
    return kind if what is None else f"{kind} {what}"
