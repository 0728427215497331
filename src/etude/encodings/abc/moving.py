"""ABC text moved to another key, letter for letter: notes keep their place in the scale, their length and look.

Only notes and the tonic after K: change, so titles, spaces and line ends stay as somebody wrote them. A written
accidental keeps its distance from the key signature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from etude.errors import BadInput
from etude.formats.abc.fields import Key, parse_key, parse_meter, signature
from etude.formats.abc.text import FIELD
from etude.formats.abc.tokens import TOKEN

LOWEST, HIGHEST = -4, 16  # places on the staff from middle C: F, and e'
FLATS, SHARPS = 2, 4  # signatures that fiddle and whistle books use
_NOTE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)(?![A-Za-z]*\")")
_TONIC = re.compile(r"\s*([A-G])([#b]?)")
_PLACES = {letter: place for place, letter in enumerate("CDEFGABcdefgab")}
_ALTERS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_SIGNS = {alter: sign for sign, alter in _ALTERS.items()}
_ON_FIFTHS = "FCGDAEB"


class Immovable(Exception):
    """Raised when a text cannot be moved; says why."""


@dataclass(frozen=True)
class _Move:
    """From one signature to another: `places` on the staff, `fifths` on the line of fifths."""

    places: int
    fifths: int
    old: tuple[int, ...]
    new: tuple[int, ...]


def moved_text(text: str, semitones: int) -> str | None:
    """`text` with all its notes `semitones` higher, or None where that leaves the usual range and keys."""
    try:
        mover = _Mover(semitones)
        moved = "\n".join(mover.lines(text.split("\n")))
        return moved if mover.move else None
    except (Immovable, BadInput):
        return None


def reach(text: str, most: int = 11) -> tuple[int, int]:
    """(lowest, highest) number of semitones that keep the notes of `text` in range; (0, 0) without a plain key."""
    if moved_text(text, 0) is None:
        return 0, 0
    places = _Mover(0)
    places.lines(text.split("\n"))
    if not places.seen:
        return 0, 0
    low = (LOWEST - min(places.seen)) * 12 // 7
    high = (HIGHEST - max(places.seen)) * 12 // 7
    return max(-most, min(0, low)), min(most, max(0, high))


class _Mover:
    """Rewrites a tune line by line."""

    def __init__(self, semitones: int) -> None:
        self.semitones = semitones
        self.move: _Move | None = None
        self.seen: list[int] = []  # places of the notes as they stood

    def lines(self, lines: list[str]) -> list[str]:
        """The lines moved. Raises Immovable."""
        return [self.line(line) for line in lines]

    def line(self, line: str) -> str:
        """One line, header or music."""
        if line.startswith("%"):
            return line
        field = FIELD.match(line)
        if field and not (self.move and field[1] in "ABCDEFGabcdefgz" and field[2][:1] in ("|", ":")):
            return line[: field.start(2)] + self.field(field[1], field[2])
        return self.music(line) if self.move else line

    def field(self, letter: str, value: str) -> str:
        """The value of a field: the key is moved, and music that stands behind a meter."""
        if letter == "K":
            return self.key(value)
        read = parse_meter(value) if letter == "M" and self.move else None
        if read and read[1]:
            return value[: len(value) - len(read[1])] + self.music(read[1])
        return value

    def key(self, value: str) -> str:
        """The text behind K:, its tonic moved."""
        match, key = _TONIC.match(value), parse_key(value)
        if match is None or key.fifths is None or key.warning or key.alters != signature(key.fifths):
            raise Immovable(f"the key '{value.strip()}' has no plain signature")
        tonic = _ON_FIFTHS.index(match[1]) - 1 + 7 * {"": 0, "#": 1, "b": -1}[match[2]]
        self.move = move = self._moves(key)
        letter = _ON_FIFTHS[(tonic + move.fifths + 1) % 7]
        sign = {-1: "b", 0: "", 1: "#"}.get((tonic + move.fifths + 1) // 7)
        if sign is None:
            raise Immovable("the key would need a double accidental")
        return value[: match.start(1)] + letter + sign + value[match.end() :]

    def _moves(self, key: Key) -> _Move:
        """The move from `key`, to the signature with the fewest accidentals."""
        assert key.fifths is not None
        fifths = (key.fifths + 7 * self.semitones + 5) % 12 - 5
        if self.semitones and not -FLATS <= fifths <= SHARPS:
            raise Immovable("the key would be an unusual one")
        letters = 4 * (fifths - key.fifths) % 7
        octave = round((self.semitones - letters * 12 / 7) / 12)
        return _Move(letters + 7 * octave, fifths - key.fifths, signature(key.fifths), signature(fifths))

    def music(self, text: str) -> str:
        """A line of music."""
        return "".join(self._token(str(match.lastgroup), match[0]) for match in TOKEN.finditer(text))

    def _token(self, kind: str, text: str) -> str:
        if kind in ("note", "chord", "grace", "plus"):
            return _NOTE.sub(self._note, text)
        if kind == "field" and text[1] == "K":
            return "[K:" + self.key(text[3:])
        return text

    def _note(self, match: re.Match[str]) -> str:
        assert self.move is not None
        sign, letter, octaves = match.groups()
        place = _PLACES[letter] + 7 * (octaves.count("'") - octaves.count(","))
        self.seen.append(place)
        there = place + self.move.places
        if not self.move.places and not self.move.fifths:
            return match[0]
        if not LOWEST <= there <= HIGHEST:
            raise Immovable("a note would leave the range")
        written = "" if sign is None else self._accidental(_ALTERS[sign], place % 7, there % 7)
        octave, step = divmod(there, 7)
        name = "CDEFGAB"[step]
        return written + (name.lower() + "'" * (octave - 1) if octave > 0 else name + "," * -octave)

    def _accidental(self, alter: int, old: int, new: int) -> str:
        assert self.move is not None
        there = alter - self.move.old[old] + self.move.new[new]
        if there not in _SIGNS:
            raise Immovable("a note would need a triple accidental")
        return _SIGNS[there]
