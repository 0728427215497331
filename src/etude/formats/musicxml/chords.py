"""Chord symbols: the text "F#m7/C#" and the `harmony` element of MusicXML, each from the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

# MusicXML 4.0, kind-value: the text after the root that each is usually printed with
KINDS = {
    "major": ("", "maj", "M"),
    "minor": ("m", "min", "-"),
    "augmented": ("+", "aug"),
    "diminished": ("dim", "o", "°"),
    "dominant": ("7",),
    "major-seventh": ("maj7", "M7", "Δ", "Δ7"),
    "minor-seventh": ("m7", "min7", "-7"),
    "diminished-seventh": ("dim7", "o7", "°7"),
    "augmented-seventh": ("+7", "aug7", "7#5"),
    "half-diminished": ("m7b5", "ø", "ø7"),
    "major-minor": ("mM7", "m(maj7)", "mmaj7"),
    "major-sixth": ("6", "maj6"),
    "minor-sixth": ("m6", "min6"),
    "dominant-ninth": ("9",),
    "major-ninth": ("maj9", "M9"),
    "minor-ninth": ("m9", "min9"),
    "dominant-11th": ("11",),
    "major-11th": ("maj11",),
    "minor-11th": ("m11",),
    "dominant-13th": ("13",),
    "major-13th": ("maj13",),
    "minor-13th": ("m13",),
    "suspended-second": ("sus2",),
    "suspended-fourth": ("sus4", "sus"),
    "power": ("5",),
}
KIND_OF = {text: kind for kind, texts in KINDS.items() for text in texts}
ALTERS = {"": 0, "b": -1, "bb": -2, "#": 1, "##": 2, "♭": -1, "♯": 1}
SIGNS = {0: "", -1: "b", -2: "bb", 1: "#", 2: "##"}
_SYMBOL = re.compile(r"([A-G])(##|#|♯|bb|b|♭)?([^/\s]*)(?:/([A-G])(##|#|♯|bb|b|♭)?)?")


@dataclass(frozen=True)
class Harmony:
    """A chord symbol: root and bass as (letter, alteration in semitones), a MusicXML kind and its printed text."""

    root: tuple[str, int]
    kind: str
    text: str
    bass: tuple[str, int] | None = None


def harmony_of(symbol: str) -> Harmony | None:
    """What `symbol` says, or None when it is no chord symbol. Kinds without a name become "other"."""
    match = _SYMBOL.fullmatch(symbol.strip())
    if not match:
        return None
    letter, sign, text, bass, bass_sign = match.groups()
    below = (bass, ALTERS[bass_sign or ""]) if bass else None
    return Harmony((letter, ALTERS[sign or ""]), KIND_OF.get(text, "other"), text, below)


def symbol_of(harmony: Harmony) -> str:
    """The text of a chord symbol."""
    below = f"/{_name(harmony.bass)}" if harmony.bass else ""
    text = harmony.text or KINDS.get(harmony.kind, ("",))[0]
    return _name(harmony.root) + text + below


def _name(place: tuple[str, int]) -> str:
    return place[0] + SIGNS.get(place[1], "")
