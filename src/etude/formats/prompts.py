"""What a person types to start a piece: ABC, note names or letters.

How the text is told apart, first rule that fits wins:
  1. a field such as `K:G` or `M:6/8` is in it: ABC;
  2. every word is a note with its octave (`C4`, `c#5`, `Bb3:1/8`) or a rest (`R`, `R:1/4`): note names.
     Middle C is C4; the part after the colon is a fraction of a whole note, a quarter if left out;
  3. nothing but the thirteen symbols `CcDdEFfGgAaBR`: letters, where lower case is a semitone higher;
  4. anything else made of ABC's signs: ABC, in C, 4/4 and eighth notes.
So `C4` is middle C and `cdfg` are four sharps; ABC that looks like either needs a bar line or a field: `|C4`.
"""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats import letters
from etude.formats.abc import FORMAT as ABC
from etude.formats.base import Reading
from etude.score import NOTE, Mark, Score

TPQ = 480
WAYS = (
    "Type one of: ABC, for example 'K:G GABc|d2B2|'; note names, for example 'C4 E4 G4:1/2'; "
    "letters, for example 'CCGGAAG'."
)
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LENGTH = r"(?::(\d{1,3})(?:/(\d{1,3}))?)?"
_NOTE_NAME = re.compile(rf"([A-Ga-g])([#♯]{{1,2}}|[b♭]{{1,2}}|)(-?\d){_LENGTH}")
_REST = re.compile(rf"[Rr]{_LENGTH}")
_FIELD = re.compile(r"(?:^|[\s\[])[A-Za-z]:(?![|:])")
_ABC_SIGNS = re.compile(r"[A-Ga-gxyzZ0-9/|:\[\]^_=,'()<>{}~.!\s\\\"-]+")
_MODE = r"(?:\s?(?:maj|min|ion|aeo|dor|phr|lyd|mix|loc)[a-z]*|m)?(?![A-Za-z])"
_VALUES = {
    "K": rf"none|Hp|HP|[A-G][#b]?{_MODE}",
    "M": r"C\||C|none|\d{1,3}/\d{1,3}",
    "L": r"\d{1,3}/\d{1,3}",
    "Q": r"\d{1,3}/\d{1,3}\s?=\s?\d{1,4}|\d{1,4}",
    "X": r"\d{1,9}",
    "V": r"\w{1,9}",
}  # the fields that may share a line with music
_TYPED_FIELD = re.compile(
    r"\s*(?:" + "|".join(f"({letter}):\\s*({value})" for letter, value in _VALUES.items()) + r")(?=\s|$)"
)


def parse_prompt(text: str) -> Score:
    """The Score that typed text stands for; one start note is enough. Raises BadInput naming the three ways."""
    words = text.strip()
    if not words:
        raise BadInput(f"The prompt is empty. {WAYS}", Reason.EMPTY)
    if len(words) > limits.TEXT_LINE:
        raise BadInput(f"The prompt has {len(words):,} characters. Put it into a file.", Reason.TOO_LARGE)
    tokens = words.split()
    if all(_NOTE_NAME.fullmatch(token) or _REST.fullmatch(token) for token in tokens) and words.upper().strip("R "):
        return _named_notes(tokens)
    if _FIELD.search(words):
        return _kept(ABC.parse(_with_header(words).encode())[0], words)
    if letters.is_letters(words):
        return _kept(letters.parse_line(words), words)
    if _ABC_SIGNS.fullmatch(words):
        return _kept(ABC.parse(_with_header(words).encode())[0], words)
    raise BadInput(f"The prompt '{_short(words)}' is no music that etude can read. {WAYS}", Reason.UNKNOWN_FORMAT)


def _named_notes(tokens: list[str]) -> Score:
    rows, time = [], 0
    for token in tokens:
        match = _NOTE_NAME.fullmatch(token)
        rest = None if match else _REST.fullmatch(token)
        top, bottom = (match or rest).groups()[-2:]  # type: ignore[union-attr]
        whole_notes = Fraction(int(top or 1), int(bottom or (1 if top else 4)) or 1)
        duration = round(whole_notes * 4 * TPQ)
        if not duration or bottom == "0":
            raise BadInput(f"'{token}' in the prompt has no length. {WAYS}", Reason.BAD_NUMBER)
        if match:
            letter, signs, octave = match.groups()[:3]
            alter = len(signs) * (1 if signs[:1] in ("#", "♯") else -1)
            pitch = 12 * (int(octave) + 1) + _SEMITONES[letter.upper()] + alter
            if not 0 <= pitch <= 127:
                raise BadInput(f"'{token}' in the prompt is outside C-1 to G9. {WAYS}", Reason.BAD_NUMBER)
            rows.append((time, duration, pitch, 80, 0))
        time += duration
    marks = [] if rows and rows[-1][0] + rows[-1][1] == time else [Mark(time, "end")]
    return Score.of(np.array(rows, NOTE), marks=marks, tpq=TPQ)


def _with_header(text: str) -> str:
    """The text as a whole ABC tune: every field on its own line, and the fields that are missing."""
    header: dict[str, str] = {}
    others: list[str] = []
    lines = text.splitlines()
    music = len(lines)
    for number, typed in enumerate(lines):
        line = lines[number] = _without_fields(typed, header)
        if re.match(r"[A-JN-Zmr]:(?![|:])|%", line):
            others.append(line)
        elif line.strip():
            music = number
            break
    kept = [f"{letter}:{header[letter]}" for letter in "MLQ" if letter in header]
    if "M" not in header:
        kept.append("M:4/4")
    return "\n".join(["X:1", *others, *kept, "K:" + header.get("K", "C"), *lines[music:]])


def _without_fields(line: str, header: dict[str, str]) -> str:
    """What is left of a line when the fields at its front are put into `header`."""
    while match := _TYPED_FIELD.match(line):
        letter, value = (part for part in match.groups() if part is not None)
        header[letter] = value
        line = line[match.end() :].lstrip()
    return line


def _kept(reading: Reading, text: str) -> Score:
    """The Score of a Reading in which nothing had to be guessed or left out."""
    strange = [warning for warning in reading.warnings if warning.startswith("signs left out")]
    if reading.score is None or reading.reason is not None or strange:
        detail = reading.detail or "; ".join(strange)
        raise BadInput(
            f"The prompt '{_short(text)}' cannot be read: {detail}. {WAYS}", reading.reason or Reason.BAD_EVENT
        )
    return reading.score


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
