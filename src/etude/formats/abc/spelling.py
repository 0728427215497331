"""How pitches and keys are spelled: letters, accidentals by key and bar, octave marks.

A pitch class is placed on the line of fifths (F -1, C 0, G 1 ...) within the twelve places around the key, three
flatward and eight sharpward of its major tonic: in C that is E flat to G sharp. Source of the idea: Temperley,
"The Cognition of Basic Musical Structures" (2001), chapter 5.
"""

from __future__ import annotations

from collections.abc import Iterable

from etude.formats.abc.fields import LETTERS, SEMITONES, signature
from etude.score import MODES

_FIFTHS_LETTERS = "FCGDAEB"
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SUFFIXES = dict(zip(MODES, ("", "m", "dor", "phr", "lyd", "mix", "loc"), strict=True))
_MODE_SHIFT = (0, 3, 2, 4, -1, 1, 5)  # tonic of each of MODES on the line of fifths, seen from the signature


def key_name(fifths: int, mode: int) -> str:
    """The text of a K: field, such as 'F#m' or 'Ador'."""
    tonic = fifths + _MODE_SHIFT[mode]
    return _FIFTHS_LETTERS[(tonic + 1) % 7] + {-1: "b", 0: "", 1: "#"}[(tonic + 1) // 7] + _SUFFIXES[MODES[mode]]


def spelled(pitch: int, fifths: int) -> tuple[int, int]:
    """(place on the staff counted from middle C, alteration in semitones) of a pitch in a key."""
    lowest = fifths - 3
    on_line = lowest + (pitch * 7 - lowest) % 12
    alter, letter = (on_line + 1) // 7, LETTERS.index(_FIFTHS_LETTERS[(on_line + 1) % 7])
    return (pitch - alter - SEMITONES[letter]) // 12 * 7 + letter - 35, alter


class Spelling:
    """Writes pitches as ABC, keeping track of the accidentals that hold in the bar.

    An accidental is written where a reader could go wrong, whether it lets accidentals hold in their octave
    (as printed music does) or in every octave (as the standard's default says).
    """

    def __init__(self, fifths: int = 0) -> None:
        self.doubtful: set[int] = set()
        self.set_key(fifths)

    def set_key(self, fifths: int) -> None:
        """A new signature."""
        self.fifths = fifths
        self.alters = signature(fifths)
        self.bar_line()

    def bar_line(self) -> None:
        """Accidentals lapse."""
        self.in_octave: dict[int, int] = {}
        self.in_letter: dict[int, int] = {}

    def tied(self, pitches: Iterable[int]) -> None:
        """Remembers which places are tied onward with an accidental: behind a bar line they need one again."""
        places = (spelled(pitch, self.fifths) for pitch in pitches)
        self.doubtful = {place for place, alter in places if alter != self.alters[place % 7]}

    def text(self, pitch: int) -> str:
        """The pitch as ABC, without its length."""
        place, alter = spelled(pitch, self.fifths)
        octave, letter = divmod(place, 7)
        holds = self.in_octave.get(place, self.alters[letter])
        elsewhere = self.in_letter.get(letter, self.alters[letter])
        unclear = place in self.doubtful and place not in self.in_octave
        sign = _SIGNS[alter] if unclear or (holds, elsewhere) != (alter, alter) else ""
        if sign:
            self.in_octave[place] = self.in_letter[letter] = alter
        name = LETTERS[letter]
        return sign + (name.lower() + "'" * (octave - 1) if octave > 0 else name + "," * -octave)
