"""What a person types for a constraint, read: ranges, scales, keys, chords, rhythms, meters. Middle C is C4 = 60.

Chord symbols are those of lead sheets; what each holds is a matter of any harmony book (Levine, "The Jazz Theory
Book", 1995). In a minor key the raised sixth and seventh belong to the key as well, as in the melodic and the
harmonic minor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from etude.errors import UsageError
from etude.score import MODES

Classes = frozenset[int]  # pitch classes, C = 0 .. B = 11

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_TONIC = r"([A-Ga-g])([#♯b♭]?)"
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
_CHORDS = {
    **dict.fromkeys(("", "maj", "M"), (0, 4, 7)),
    **dict.fromkeys(("m", "min", "-"), (0, 3, 7)),
    **dict.fromkeys(("7",), (0, 4, 7, 10)),
    **dict.fromkeys(("maj7", "M7"), (0, 4, 7, 11)),
    **dict.fromkeys(("m7", "min7", "-7"), (0, 3, 7, 10)),
    **dict.fromkeys(("6",), (0, 4, 7, 9)),
    **dict.fromkeys(("m6",), (0, 3, 7, 9)),
    **dict.fromkeys(("9",), (0, 2, 4, 7, 10)),
    **dict.fromkeys(("dim", "o", "°"), (0, 3, 6)),
    **dict.fromkeys(("dim7", "o7", "°7"), (0, 3, 6, 9)),
    **dict.fromkeys(("m7b5", "ø"), (0, 3, 6, 10)),
    **dict.fromkeys(("aug", "+"), (0, 4, 8)),
    **dict.fromkeys(("sus2",), (0, 2, 7)),
    **dict.fromkeys(("sus", "sus4"), (0, 5, 7)),
    **dict.fromkeys(("5",), (0, 7)),
}
_MODE_OF = {name[:3]: name for name in MODES} | {"maj": "major", "ion": "major", "min": "minor", "aeo": "minor"}
_CHORD = re.compile(r"([A-G])([#♯b♭]?)([^/\s]*)(?:/([A-G])([#♯b♭]?))?")
_LENGTH = re.compile(r"(z?)(\d{1,3})(?:/(\d{1,3}))?")


@dataclass(frozen=True)
class Scale:
    """The pitch classes that may sound, and the one that music in it rests on (None: not known)."""

    classes: Classes
    tonic: int | None
    mode: str = ""  # one of MODES where it is a key

    @property
    def minor(self) -> bool:
        """Whether the third above the tonic is minor."""
        return self.tonic is not None and (self.tonic + 4) % 12 not in self.classes


@dataclass(frozen=True)
class Chord:
    """The pitch classes of a chord and its root."""

    name: str
    root: int
    classes: Classes


@dataclass(frozen=True)
class Rhythm:
    """Onsets that come again and again: quarters from the beginning of the pattern, and how long it is."""

    onsets: tuple[Fraction, ...]
    length: Fraction


def parse_range(text: str) -> tuple[int, int]:
    """(lowest, highest) MIDI pitch of "G3-G5" or "55-79". Raises UsageError for anything else."""
    match = re.fullmatch(rf"\s*({_TONIC}-?\d|\d+)\s*(?:-|\.\.)\s*({_TONIC}-?\d|\d+)\s*", text)
    if match:
        low, high = _pitch(match[1]), _pitch(match[4])
        if 0 <= low <= high <= 127:
            return low, high
    raise UsageError(f"'{text}' is no range: write the lowest and the highest note, as in C3-G5 or 48-79.")


def _pitch(text: str) -> int:
    if text.isdigit():
        return int(text)
    letter, sign, octave = re.fullmatch(rf"{_TONIC}(-?\d)", text).groups()  # type: ignore[union-attr]
    return 12 * (int(octave) + 1) + _LETTERS[letter.upper()] + _SIGNS[sign]


def parse_scale(text: str) -> Scale:
    """The Scale of "D dorian", "A minor pentatonic" or just its notes, "C D E G A" (the first is the tonic).

    Raises UsageError naming the scales there are.
    """
    words = text.split()
    if len(words) > 1 and all(re.fullmatch(_TONIC, word) for word in words):
        classes = [_class(word) for word in words]
        return Scale(frozenset(classes), classes[0])
    match = re.fullmatch(rf"\s*{_TONIC}\s*(.*?)\s*", text)
    name = _scale_name(match[3]) if match else ""
    if not match or name not in SCALES:
        raise UsageError(
            f"'{text}' is no scale: write a tonic and one of {', '.join(SCALES)}, or its notes: 'C D E G A'."
        )
    tonic = (_LETTERS[match[1].upper()] + _SIGNS[match[2]]) % 12
    return Scale(frozenset((tonic + step) % 12 for step in SCALES[name]), tonic, name if name in MODES else "")


def parse_key(text: str) -> Scale:
    """The Scale of "D", "F# minor", "Am" or "Edor", with the raised sixth and seventh in minor."""
    try:
        found = parse_scale(text)
    except UsageError:
        found = Scale(frozenset(), None)
    if found.tonic is None or not found.mode:
        raise UsageError(f"'{text}' is no key: write a tonic and, if it is not major, one of {', '.join(MODES)}.")
    if found.mode == "minor":
        raised = {(found.tonic + 9) % 12, (found.tonic + 11) % 12}
        return Scale(found.classes | raised, found.tonic, "minor")
    return found


def _scale_name(text: str) -> str:
    """The name of a scale as SCALES has it, of any usual spelling: "", "m", "Dor", "Minor  Pentatonic"."""
    if text in ("", "M", "m"):
        return "minor" if text == "m" else "major"
    plain = " ".join(text.lower().replace("-", " ").split())
    return plain if plain in SCALES or " " in plain else _MODE_OF.get(plain[:3], plain)


def _class(text: str) -> int:
    return (_LETTERS[text[0].upper()] + _SIGNS[text[1:]]) % 12


def parse_chords(text: str) -> tuple[Chord, ...]:
    """The chords of "C Am F G7", one a bar; bar lines and commas are read as spaces. Raises UsageError."""
    words = text.replace("|", " ").replace(",", " ").split()
    if not words:
        raise UsageError("There is no chord in --chords: write one a bar, as in 'C Am F G7'.")
    return tuple(map(_chord, words))


def _chord(word: str) -> Chord:
    match = _CHORD.fullmatch(word)
    if not match or match[3] not in _CHORDS:
        kinds = ", ".join(f"C{kind}" for kind in _CHORDS)
        raise UsageError(f"'{word}' is no chord that is known here. Known on every root: {kinds}.")
    root = _class(match[1] + match[2])
    bass = {_class(match[4] + match[5])} if match[4] else set()
    return Chord(word, root, frozenset({(root + step) % 12 for step in _CHORDS[match[3]]} | bass))


def parse_rhythm(text: str) -> Rhythm:
    """The Rhythm of note lengths in quarters, "1 1/2 1/2 z1 1", with z before a rest. Raises UsageError."""
    onsets, at = [], Fraction(0)
    for word in text.replace("|", " ").replace(",", " ").split():
        match = _LENGTH.fullmatch(word)
        length = Fraction(int(match[2]), int(match[3] or 1) or 1) if match and match[3] != "0" else Fraction(0)
        if match is None or not length:
            raise UsageError(f"'{word}' is no length in quarters: write a rhythm as '1 1/2 1/2 z1 1', z for rests.")
        if not match[1]:
            onsets.append(at)
        at += length
    if not onsets:
        raise UsageError("The rhythm has no note: write lengths in quarters, as in '1 1/2 1/2 2'.")
    return Rhythm(tuple(onsets), at)


def parse_meter(text: str) -> tuple[int, int]:
    """(numerator, denominator) of "6/8", "C" or "C|". Raises UsageError for anything else."""
    top, _, bottom = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text.strip()).partition("/")
    if top.isdigit() and bottom in ("1", "2", "4", "8", "16", "32") and 0 < int(top) <= 64:
        return int(top), int(bottom)
    raise UsageError(f"'{text}' is no meter: write it as 6/8 or 4/4.")


def parse_form(text: str) -> tuple[str, ...]:
    """The sections of "AABB" or "AA'BB'" in the order they sound. Raises UsageError."""
    sections = tuple(re.findall(r"[A-Z]'?", text))
    if not sections or "".join(sections) != text:
        raise UsageError(f"'{text}' is no form: write sections as they sound, as in AABB, or AA'B with other ends.")
    return sections


def grain(rhythm: Rhythm) -> Fraction:
    """The longest length in quarters of which all onsets of a rhythm are multiples."""
    times = [*rhythm.onsets, rhythm.length]
    bottom = lcm(*(time.denominator for time in times))
    tops = [int(time * bottom) for time in times]
    common = tops[-1]
    for top in tops:
        while top:
            common, top = top, common % top
    return Fraction(common, bottom)
