"""Thirteen letters: twelve pitch classes and a rest, no octave and no length.

Alphabet and playback as in `inputMelodiesAugmented.txt` (letter melodies made from BiMMuDa): C c D d E F
f G g A a B with lower case for sharp, and R. A letter sounds in the octave of middle C for a quarter note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etude.encodings.base import BEGIN, END, Field, Steps, framed
from etude.encodings.reading import Mask, StepReader, all_but
from etude.errors import BadInput, Reason
from etude.formats.letters import SYMBOLS as LETTERS  # value 2 + index
from etude.score import Event, Score, Track, skyline

REST = 2 + 12
TPQ = 480
_NAN = float("nan")
_SOUNDS = (_NAN, _NAN, *(60.0 + number for number in range(12)), _NAN)  # in the octave of middle C


@dataclass(frozen=True)
class Letters:
    """Melodies in 13 symbols: the highest voice, one symbol a note.

    A silence of a quarter or more is one R, however long it is; shorter ones are not written.
    """

    name = "letters"

    @property
    def fields(self) -> tuple[Field, ...]:
        """One field: the symbol."""
        return (Field("letter", 15, "semitones", (_NAN, _NAN, *range(12), _NAN), _SOUNDS),)

    @property
    def settings(self) -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return TPQ

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One melody."""
        return (Track("melody"),)

    def encode(self, score: Score) -> Steps:
        """Int32[T, 1]. Raises BadInput when there is no pitched note."""
        melody = skyline(score)
        if not len(melody):
            raise BadInput("There is no pitched note to write as a letter.", Reason.EMPTY)
        onsets = melody.notes["onset"].astype(np.int64)
        ends = np.concatenate([[0], onsets + melody.notes["duration"], [score.end]])
        rests = np.append(onsets, max(score.end, ends[-2])) - ends[:-1] >= score.tpq
        symbols = np.full(2 * len(onsets) + 1, REST, np.int32)
        symbols[1::2] = 2 + melody.notes["pitch"] % 12
        keep = np.ones(len(symbols), bool)
        keep[0::2] = rests
        return framed(symbols[keep][:, None])

    def from_text(self, text: str) -> Steps:
        """Int32[T, 1] of one line of letters. Raises BadInput for any other character."""
        strange = sorted(set(text) - set(LETTERS))
        if strange:
            raise BadInput(
                f"'{strange[0]}' is none of the letters {LETTERS}.", Reason.BAD_EVENT, text.find(strange[0])
            )
        return framed(np.array([[2 + LETTERS.index(letter)] for letter in text], np.int32).reshape(-1, 1))

    def to_text(self, steps: Steps) -> str:
        """The letters of the steps, begin and end left out."""
        return "".join(LETTERS[int(value) - 2] for value in steps[:, 0] if value >= 2)

    def reader(self) -> LettersReader:
        """A Reader that stands before the first step."""
        return LettersReader((15,))

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps moved by `semitones`; the octave is not kept, so every distance is possible."""
        out = steps.copy()
        pitched = (out >= 2) & (out < REST)
        out[pitched] = 2 + (out[pitched] - 2 + semitones) % 12
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """Any distance; more than an octave says nothing new."""
        return (-11, 11)

    def note_count(self, steps: Steps) -> int:
        """The letters that are no rest."""
        return int(((steps[:, 0] >= 2) & (steps[:, 0] < REST)).sum())


class LettersReader(StepReader):
    """Letters, read one by one. The mask permits no rest after a rest and no empty piece."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__(sizes)
        self.tick = 0
        self.sounding = -1  # pitch, or -1
        self.resting = False
        self.heard = False  # whether there was a note

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        unwanted = [BEGIN] + [END] * (not self.heard) + [REST] * self.resting
        return all_but(15, *unwanted)

    def _read(self, step: list[int]) -> Iterable[Event]:
        if self.sounding >= 0:
            yield Event(self.tick, "off", 0, self.sounding)
        self.resting = step[0] == REST
        self.sounding = -1 if self.resting else 60 + step[0] - 2
        if not self.resting:
            self.heard = True
            yield Event(self.tick, "on", 0, self.sounding, 80)
        self.tick += TPQ

    def _close(self) -> Iterable[Event]:
        if self.sounding >= 0:
            yield Event(self.tick, "off", 0, self.sounding)
        if self.resting:
            yield Event(self.tick, "end")
