"""ABC tokens as ABC text and back: notes spelled in their key, lengths in eighths, fields and signs.

Source: the ABC music standard 2.1. An accidental is written where the key does not give it, and on every later
note of the same letter in the bar, so that readers who let accidentals hold for one octave, for all, or for none
read the same pitches.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.structure import refuse
from etude.encodings.abc.tuplets import cuts
from etude.formats.abc.fields import LETTERS, MODE_FIFTHS, SEMITONES, signature

_MODE_NAMES = ("", "min", "dor", "phr", "lyd", "mix", "loc")
Touched = frozenset[int]  # letters (0 = C) that had an accidental in this bar


@lru_cache(maxsize=512)
def spell(pitch: int, fifths: int, touched: Touched) -> tuple[str, Touched]:
    """The text of a pitch in a key, and the letters touched by accidentals after it."""
    alters = signature(fifths)
    choices = sorted(
        (alters[letter] != alter, alter != 0, alter * (1 if fifths < 0 else -1), letter, alter)
        for letter in range(7)
        for alter in (-1, 0, 1)
        if (SEMITONES[letter] + alter - pitch) % 12 == 0
    )
    foreign, *_, letter, alter = choices[0]
    octave = (pitch - alter) // 12 - 5  # 0 from middle C on
    name = LETTERS[letter] + "," * -octave if octave < 1 else LETTERS[letter].lower() + "'" * (octave - 1)
    if not foreign and letter not in touched:
        return name, touched
    return {-1: "_", 0: "=", 1: "^"}[alter] + name, touched | {letter}


def length_text(ticks: int) -> str:
    """A length in eighths as it stands behind a note: "", "2", "3/2", "/2"."""
    top, bottom = ticks, 240
    while top % 2 == 0 and bottom % 2 == 0:
        top, bottom = top // 2, bottom // 2
    for factor in (3, 5):
        while top % factor == 0 and bottom % factor == 0:
            top, bottom = top // factor, bottom // factor
    return ("" if top == 1 else str(top)) + ("" if bottom == 1 else f"/{bottom}")


def key_text(key: tuple[int, int] | None) -> str:
    """A key as K: has it: "D", "Edor", "none"."""
    if key is None:
        return "none"
    fifths = key[0] - MODE_FIFTHS[key[1]] + 1
    sign = fifths // 7
    return "FCGDAEB"[fifths % 7] + ("#" * sign if sign > 0 else "b" * -sign) + _MODE_NAMES[key[1]]


def symbol_text(value: int) -> str:
    """The text of a header field, bar line, ending, key or meter inside the tune."""
    kind, what = v.SYMBOLS[value]
    texts = {"line": f"{what}", "ending": f"[{what}", "key": f"[K:{key_text(what) if kind == 'key' else ''}]"}
    return texts[kind] if kind in texts else f"[M:{what[0]}/{what[1]}]"


def header_text(value: int) -> str:
    """The line (or lines) of a header symbol."""
    kind, what = v.SYMBOLS[value]
    if kind == "rhythm":
        return f"X:1\nR:{what}\n"
    if kind == "meter":
        return f"M:{what[0]}/{what[1]}\nL:1/8\n"
    if kind == "key":
        return f"K:{key_text(what)}\n"
    if kind == "parts":
        return f"N:{what} parts\n"
    return f"N:upbeat {what}\n"


def tuplet_text(p: int, q: int) -> str:
    """The sign before the first note of a tuplet."""
    return "(3" if (p, q) == (3, 2) else f"({p}:{q}"


@lru_cache(maxsize=64)
def regular(tuplet: tuple[int, int, int]) -> bool:
    """Whether p equal notes may fill the tuplet."""
    p, _, unit = tuplet
    return all(cuts(tuplet)[number * unit // v.GRAIN] for number in range(p + 1))


class Speller:
    """Writes tokens as text, one after another."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.fifths, self.touched = 0, frozenset[int]()
        self.duration, self.pitch = 240, -1
        self.note = -1  # where in `out` the note stands that a tie may follow
        self.tuplet: tuple[int, int, int] | None = None
        self.left = 0  # notes still to come in the tuplet

    def write(self, values: Iterable[int]) -> str:
        """The text of tokens as `AbcTokens` writes them. Raises BadInput for chords and uneven tuplets."""
        for value in values:
            kind, what = v.SYMBOLS[value]
            if kind in v.HEADER and len(self.out) < len(v.HEADER):
                self.out.append(header_text(value))
                self._key(kind, what)
            elif kind == "duration":
                self.duration = what
            elif kind == "tuplet":
                self._open(what)
            elif kind in ("pitch", "rest", "hold"):
                self._content(kind, what)
            elif kind == "also":
                raise refuse("The tune has chords; characters hold one note at a time.")
            elif kind not in ("begin", "end"):
                self._sign(value)
        return "".join(self.out)

    def _key(self, kind: str, what: Any) -> None:
        if kind in ("key", "line"):
            self.touched = frozenset()
        if kind == "key":
            self.fifths = what[0] if what else 0

    def _open(self, tuplet: tuple[int, int, int]) -> None:
        if not regular(tuplet):
            raise refuse("The tune has a tuplet of a kind that characters do not hold.")
        self.tuplet, self.left = tuplet, tuplet[0]
        self.out.append(tuplet_text(*tuplet[:2]))

    def _content(self, kind: str, pitch: int | None) -> None:
        if self.tuplet:
            unit = self.tuplet[2]
            count = self.duration // unit
            if self.duration % unit or (count > 1 and kind != "rest"):
                raise refuse("The tune has a tuplet of unequal notes; characters hold equal ones.")
            self.left -= count
            self.tuplet = self.tuplet if self.left else None
            if count > 1:
                self.note = -1
                self.out += ["z" + length_text(unit)] * count
                return
        if kind == "hold":
            if self.note < 0 or self.out[-1].startswith("("):
                raise refuse("A note is held over a sign or into a tuplet; characters do not hold that.")
            self.out[self.note] += "-"
        elif kind == "pitch" and pitch is not None:
            self.pitch = pitch
        text = "z"
        if kind != "rest":
            text, self.touched = spell(self.pitch, self.fifths, self.touched)
        self.note = -1 if kind == "rest" else len(self.out)
        self.out.append(text + length_text(self.duration))

    def _sign(self, value: int) -> None:
        kind, what = v.SYMBOLS[value]
        self._key(kind, what)
        if (kind, what) != ("line", v.PLAIN) and kind != "meter":
            self.note = -1
        self.out.append(symbol_text(value))


def text_of(values: Iterable[int]) -> str:
    """The ABC text of the values of AbcTokens."""
    return Speller().write(values)
