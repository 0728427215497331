"""What the information fields K:, M:, L: and Q: mean. Source: the ABC music standard 2.1, section 3.

Letters are counted C = 0 .. B = 6. Durations are exact fractions of a whole note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from etude.score import MODES

LETTERS = "CDEFGAB"
SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_SHARP_ORDER = (3, 0, 4, 1, 5, 2, 6)  # F C G D A E B
_TONIC_FIFTHS = {"C": 0, "D": 2, "E": 4, "F": -1, "G": 1, "A": 3, "B": 5}
MODE_FIFTHS = (0, -3, -2, -4, 1, -1, -5)  # signature of each of MODES, seen from the major key of its tonic
_MODE_NAMES = {"maj": 0, "ion": 0, "min": 1, "aeo": 1, "dor": 2, "phr": 3, "lyd": 4, "mix": 5, "loc": 6}
_KEY = re.compile(r"\s*([A-Ga-g])([#b♯♭]?)\s*([A-Za-z]*)")
_ACCIDENTAL = re.compile(r"(?:^|(?<=\s))(\^\^|\^|__|_|=)([A-Ga-g])(?![A-Za-z])")
_PARAMETER = re.compile(r"\b(clef|octave|transpose|middle|m|name|nm)\s*=\s*(\"[^\"]*\"|\S+)")
_CLEF_OCTAVE = re.compile(r"\b(?:treble|alto|tenor|bass|perc)\d?([+-]8)(?!\d)")
_METER = re.compile(r"\s*(C\||C(?![A-Za-z])|none|\(?[\d\s+]{1,40}\)?\s*/\s*\d{1,4})", re.IGNORECASE)
LONGEST = 200  # characters of a tempo; a search in more of them would take time by their square
_FRACTION = re.compile(r"\s*(\d{1,4})\s*(?:/\s*(\d{1,4}))?")
_TEMPO = re.compile(r"((?:\d{1,4}\s*/\s*\d{1,4}\s*)+)=\s*(\d{1,4}(?:\.\d{1,9})?)")
_UNIT_TEMPO = re.compile(r"\s*(?:C\s*(\d{0,2})(?:\s*/\s*(\d{1,2}))?\s*=\s*)?(\d{1,4}(?:\.\d{1,9})?)\s*$")
_TEMPO_WORDS = {
    **{"larghissimo": 40, "adagissimo": 44, "lentissimo": 48, "largo": 56, "adagio": 59, "lento": 62},
    **{"larghetto": 66, "adagietto": 76, "andante": 88, "andantino": 96, "moderato": 104, "allegretto": 112},
    **{"allegro": 120, "vivace": 168, "vivo": 180, "presto": 192, "allegrissimo": 208, "vivacissimo": 220},
    "prestissimo": 240,
}  # quarters a minute, as in section 3.1.8 of the draft standard 2.2


@dataclass(frozen=True)
class Key:
    """What K: says: the signature, what it does to each letter, and whether it was understood."""

    fifths: int | None  # None: no key (K:none)
    mode: int = 0
    alters: tuple[int, ...] = (0,) * 7  # semitones for C D E F G A B
    warning: str = ""


def signature(fifths: int) -> tuple[int, ...]:
    """Semitones that a signature of `fifths` sharps (or flats) adds to C D E F G A B."""
    alters = [0] * 7
    for step in range(abs(fifths)):
        letter = _SHARP_ORDER[step % 7] if fifths > 0 else _SHARP_ORDER[6 - step % 7]
        alters[letter] += 1 if fifths > 0 else -1
    return tuple(alters)


def parse_key(text: str) -> Key:
    """The Key that the text of a K: field names; what cannot be understood is C major with a warning."""
    words = text.strip()
    if words[:2].lower() == "hp":  # Highland pipes: F and C are sharp on the chanter, printed or not
        return Key(2, MODES.index("mixolydian"), signature(2))
    if words.lower().startswith("none") or not words:
        return Key(None, 0, _with_accidentals(signature(0), words))
    match = _KEY.match(words)
    if match is None or words.lower().startswith("exp"):
        known = words.startswith(("^", "_", "=", "clef", "treble", "bass")) or words.lower().startswith("exp")
        return Key(None, 0, _with_accidentals(signature(0), words), "" if known else _unknown(words))
    tonic, sign, name = match.groups()
    mode, warning = _mode(name, words)
    fifths = _TONIC_FIFTHS[tonic.upper()] + MODE_FIFTHS[mode] + 7 * {"": 0, "#": 1, "♯": 1}.get(sign, -1)
    if not re.search(r"\bexp\b", words):
        return Key(fifths, mode, _with_accidentals(signature(fifths), words[match.end() :]), warning)
    alters = _with_accidentals(signature(0), words[match.end() :])
    return Key(sum(alters), 0, alters, warning)


def _mode(name: str, words: str) -> tuple[int, str]:
    """The index into MODES of a mode in any spelling, and a warning when it is none."""
    short = name.lower()[:3]
    if short in _MODE_NAMES:
        return _MODE_NAMES[short], ""
    if name == "m" or (short == "m" and name != "M"):
        return 1, ""
    if name in ("", "M") or short in ("exp", "cle", "tre", "bas", "alt", "ten", "tra", "oct", "mid"):
        return 0, ""
    return 0, _unknown(words)


def _unknown(words: str) -> str:
    return f"key '{words[:20]}' is not understood; read without its mode"


def _with_accidentals(alters: tuple[int, ...], words: str) -> tuple[int, ...]:
    changed = list(alters)
    for sign, letter in _ACCIDENTAL.findall(words):
        changed[LETTERS.index(letter.upper())] = accidental(sign)
    return tuple(changed)


def accidental(sign: str) -> int:
    """Semitones of `^`, `^^`, `_`, `__` or `=`."""
    return {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}[sign]


def semitone_shift(text: str) -> int:
    """Semitones by which `transpose=`, `octave=` or a clef such as `treble-8` moves what is written."""
    shift = 0
    for name, value in _PARAMETER.findall(text):
        if name in ("transpose", "octave") and re.fullmatch(r"[+-]?\d{1,2}", value):
            shift += int(value) * (12 if name == "octave" else 1)
    clef = _CLEF_OCTAVE.search(text)
    return shift + (12 if clef and clef[1] == "+8" else -12 if clef else 0)


def parameter(text: str, *names: str) -> str:
    """The value of the first of `names` that a V: or K: field sets, without quotes; else ''."""
    return next((value.strip('"') for name, value in _PARAMETER.findall(text) if name in names), "")


def parse_meter(text: str) -> tuple[tuple[int, int] | None, str] | None:
    """(numerator, denominator), or None for `none`, and the text after it; None when it is no meter."""
    match = _METER.match(text)
    if match is None:
        return None if text.strip() else (None, "")
    name, rest = match[1].lower(), text[match.end() :]
    if name in ("c", "c|"):
        return ((4, 4) if name == "c" else (2, 2)), rest
    if name == "none":
        return None, rest
    top, bottom = name.split("/")
    numbers = [int(part) for part in re.findall(r"\d+", top)]
    denominator = int(bottom)
    good = 0 < sum(numbers) <= 128 and denominator in (1, 2, 4, 8, 16, 32, 64, 128)
    return ((sum(numbers), denominator), rest) if good else None


def parse_unit(text: str) -> tuple[Fraction, str] | None:
    """The unit note length as a part of a whole note, and the text after it; None when it is none."""
    match = _FRACTION.match(text)
    if match is None or int(match[1]) == 0 or int(match[2] or 1) == 0:
        return None
    return Fraction(int(match[1]), int(match[2] or 1)), text[match.end() :]


def default_unit(meter: tuple[int, int] | None) -> Fraction:
    """The unit note length where L: is missing: a sixteenth below three quarters of a whole note a bar."""
    return Fraction(1, 16) if meter and 4 * meter[0] < 3 * meter[1] else Fraction(1, 8)


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """Quarter notes a minute that a Q: field asks for, or None when it says nothing that can be used.

    Forms: `1/4=120`, `"Allegro" 1/4=120`, `1/4 3/8=40`, `C=100` and `120` (both in units of L:), `"Allegro"`.
    """
    unquoted = re.sub(r'"[^"]*"', " ", text)[:LONGEST]
    match = _TEMPO.search(unquoted)
    if match:
        parts = re.findall(r"(\d+)\s*/\s*(\d+)", match[1])
        if any(int(bottom) == 0 for _, bottom in parts):
            return None
        beat = sum((Fraction(int(top), int(bottom)) for top, bottom in parts), Fraction(0))
        return _sane(float(beat) * 4 * float(match[2]))
    simple = _UNIT_TEMPO.match(unquoted)
    if simple:
        beat = unit * int(simple[1] or 1) / max(1, int(simple[2] or 1))
        return _sane(float(beat) * 4 * float(simple[3]))
    words = re.findall(r"[a-z]+", text.lower())
    return next((float(_TEMPO_WORDS[word]) for word in words if word in _TEMPO_WORDS), None)


def _sane(quarters_a_minute: float) -> float | None:
    return quarters_a_minute if 3.58 <= quarters_a_minute <= 40_000.0 else None
