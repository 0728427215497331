"""What each token of the encoding "abc" does to the bar, as `etude.encodings.base` says it."""

from __future__ import annotations

from typing import Any

from etude.encodings.abc import vocabulary as v
from etude.encodings.base import ALSO, BREAK, LENGTH, LINE, METER, NOTHING, SIGN, SOUND, TUPLET, UPBEAT, Timing

_WITHOUT_NUMBERS = {"pitch": SOUND, "rest": SOUND, "hold": SOUND, "also": ALSO, "key": BREAK, "ending": BREAK}


def _timing(kind: v.Kind, what: Any) -> Timing:
    """The row of one token."""
    if kind == "duration":
        return (LENGTH, what, 0, 0)
    if kind == "upbeat":
        return (UPBEAT, what, 0, 0)
    if kind == "meter":
        return (METER, v.TICKS_OF_METER[what], 0, 0)
    if kind == "tuplet":
        return (TUPLET, *what)
    if kind == "line":
        return (LINE if what == v.PLAIN else SIGN, 0, 0, 0)
    return (_WITHOUT_NUMBERS.get(kind, NOTHING), 0, 0, 0)


TIMING = tuple(_timing(kind, what) for kind, what in v.SYMBOLS)
