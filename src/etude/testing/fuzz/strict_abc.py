"""A second look at ABC, for the plain subset of it that nobody reads in two ways; of all else it says nothing.

It shares no line with `etude.formats.abc`. Source: the ABC music standard 2.1, sections 3 and 4.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"[TCRSNZHOBDFG]:[^\\&%]*")
_METER = re.compile(r"M:\d{1,2}/(1|2|4|8|16)")
_UNIT = re.compile(r"L:1/(1|2|4|8|16|32)")
_KEY = re.compile(r"K:[A-G][#b]?(m|maj|min|dor|mix|lyd|phr|loc|aeo|ion)?")
_PLAIN = re.compile(r"(?:(?P<note>[A-Ga-g][,']{0,2}[1-9]?)|z[1-9]?|\|\]?|:\||\|:| )*")
_NOTE = re.compile(r"[A-Ga-g]")


def plain_notes(text: str) -> list[int] | None:
    """How many notes each tune of a book has; None when something in it is not plain."""
    out: list[int] = []
    inside, music = False, False
    for line in text.removesuffix("\n").split("\n"):
        if re.fullmatch(r"X:[1-9]\d{0,3}", line):
            out.append(0)
            inside, music = True, False
        elif not line:
            if inside and not music:
                return None
            inside = False
        elif not inside:
            return None
        elif _KEY.fullmatch(line) and not music:
            music = True
        elif music and _PLAIN.fullmatch(line) and not re.match(r"[A-Za-z]:", line):
            out[-1] += len(_NOTE.findall(line))
        elif music or not (_HEADER.fullmatch(line) or _METER.fullmatch(line) or _UNIT.fullmatch(line)):
            return None
    return out if out and all(out) and music else None
