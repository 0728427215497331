"""The encoding "abc-characters": ABC text, one character a step.

The alphabet is newline and printable ASCII. Canonical text is `AbcTokens` spelled out, so the automaton of the
tokens is its grammar too: a character is allowed if it leads to a token that is. With `raw` any text is a piece
(as character models of tune books have it, typing errors included) and nothing is promised of what is drawn.
Raw text moves to other keys as it stands, letter for letter (`etude.encodings.abc.moving`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from etude.config import to_mapping
from etude.encodings.abc.book import book_text
from etude.encodings.abc.lexer import CharactersReader
from etude.encodings.abc.moving import moved_text, reach
from etude.encodings.abc.raw import RawReader, parsed
from etude.encodings.abc.spelling import text_of
from etude.encodings.abc.tokens import FLUTE, AbcTokens
from etude.encodings.base import Field, Steps, framed
from etude.encodings.reading import StepReader
from etude.errors import BadInput, Reason, UsageError
from etude.score import Score, Track

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))  # value 2 + index
SIZE = 2 + len(ALPHABET)
_VALUE = {character: 2 + index for index, character in enumerate(ALPHABET)}


@dataclass(frozen=True)
class AbcCharacters:
    """Tunes as ABC text. Chords, uneven tuplets and what `AbcTokens` refuses are refused.

    raw        reads any ABC text (see `from_text`); decoding then goes through the ABC reader of `etude.formats`.
               Tunes of ABC files are taken as they stand there
    complete   what is drawn completes every upbeat by a last bar; tunes that do not are refused
    rewritten  with `raw`: every tune is written anew in the layout of `etude.encodings.abc.book`
    """

    raw: bool = False
    rewritten: bool = False
    complete: bool = False

    def __post_init__(self) -> None:
        if self.rewritten and not self.raw:
            raise UsageError(
                "encoding.rewritten is for raw text: set encoding.raw = true as well, or leave it out."
            )

    name = "abc-characters"

    @property
    def fields(self) -> tuple[Field, ...]:
        """One field: the character."""
        return (Field("character", SIZE),)

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return 480

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One melody, played by a flute."""
        return (Track("melody", FLUTE),)

    @property
    def reads_text(self) -> bool:
        """Whether a tune's own text, where it has one, is to be read by `from_text` instead of `encode`."""
        return self.raw and not self.rewritten

    def encode(self, score: Score) -> Steps:
        """Int32[T, 1]. Raises BadInput(NOT_ENCODABLE) naming what of the tune cannot be held."""
        text = text_of(AbcTokens(complete=self.complete).encode(score)[:, 0].tolist())
        if self.rewritten:  # only a tune that can be spelled in full is written anew: the layout leaves things out
            text = book_text(score)
        return self.from_text(text)

    def from_text(self, text: str) -> Steps:
        """Int32[T, 1] of a text. Raises BadInput for a character that is not in the alphabet."""
        strange = sorted(set(text) - set(ALPHABET))
        if strange:
            at = text.find(strange[0])
            raise BadInput(f"{strange[0]!r} at character {at} is not printable ASCII.", Reason.BAD_TEXT, at)
        return framed(np.array([_VALUE[character] for character in text], np.int32).reshape(-1, 1))

    def to_text(self, steps: Steps) -> str:
        """The text of the steps, begin and end left out."""
        return "".join(ALPHABET[int(value) - 2] for value in np.asarray(steps)[:, 0] if 2 <= value < SIZE)

    def reader(self) -> StepReader:
        """A Reader that stands before the first step."""
        return RawReader(ALPHABET) if self.raw else CharactersReader(ALPHABET, complete=self.complete)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The text of the same tune moved, or None where a pitch leaves the range (raw text: the usual keys)."""
        if not semitones:
            return steps.copy()
        if self.raw:
            text = moved_text(self.to_text(steps), semitones)
            return None if text is None else self.from_text(text)
        moved = AbcTokens().transpose(self._tokens(steps), semitones)
        return None if moved is None else self.from_text(text_of(moved[:, 0].tolist()))

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones. Raw text may not go to every key in between."""
        return reach(self.to_text(steps)) if self.raw else AbcTokens().transposable(self._tokens(steps))

    def note_count(self, steps: Steps) -> int:
        """The notes of the tune: a tied note counts once."""
        if self.raw:
            return len(parsed(self.to_text(steps)))
        return AbcTokens().note_count(self._tokens(steps))

    def _tokens(self, steps: Steps) -> Steps:
        """Int32[N, 1]: the tokens that canonical text spells."""
        reader = CharactersReader(ALPHABET)
        for step in steps.tolist():
            reader.feed(step)
        reader.finish()
        return np.array(reader.tokens, np.int32).reshape(-1, 1)
