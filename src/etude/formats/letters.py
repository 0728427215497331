"""Letters: melodies of thirteen symbols, one line each (as in the letter melodies made from BiMMuDa).

C c D d E F f G g A a B are the pitch classes, lower case a semitone higher; R is a rest. Every symbol lasts a
quarter note and stands between middle C (60) and the B above (71): octave and length are not in the format.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etude import limits
from etude.errors import BadInput, Reason, UsageError
from etude.formats.base import Reading, refusal
from etude.score import NOTE, Mark, Score

SYMBOLS = "CcDdEFfGgAaBR"
TPQ = 480
_CODES = {symbol: code for code, symbol in enumerate(SYMBOLS)}
_REST = 12


def is_letters(text: str) -> bool:
    """Whether `text` holds nothing but the thirteen symbols and white space, and at least one symbol."""
    return bool(text.strip()) and not set(text) - set(SYMBOLS) - set(" \t\r\n")


def parse_line(line: str) -> Reading:
    """The Reading of one melody; spaces between its symbols are left out."""
    symbols = "".join(line.split())
    strange = sorted(set(symbols) - set(SYMBOLS))
    if strange:
        at = next(position for position, symbol in enumerate(symbols) if symbol not in _CODES)
        detail = f"'{symbols[at]}' at symbol {at + 1} is none of the thirteen symbols {SYMBOLS}"
        return refusal(Reason.BAD_EVENT, detail)
    codes = np.array([_CODES[symbol] for symbol in symbols], np.int64)
    (sounding,) = np.nonzero(codes != _REST)
    if not len(sounding):
        return refusal(Reason.EMPTY, "the line holds no note")
    notes = np.zeros(len(sounding), NOTE)
    notes["onset"], notes["duration"] = sounding * TPQ, TPQ
    notes["pitch"], notes["velocity"] = 60 + codes[sounding], 80
    ends_in_silence = codes[-1] == _REST
    marks = [Mark(len(codes) * TPQ, "end")] if ends_in_silence else []
    return Reading(Score.of(notes, marks=marks, tpq=TPQ))


def line_of(score: Score) -> str:
    """The symbols of a melody of quarter notes. Raises UsageError when it is none."""
    ticks = score.notes["onset"].astype(np.int64)
    on_grid = not (ticks % score.tpq).any() and (score.notes["duration"] == score.tpq).all()
    length = -(-score.end // score.tpq)
    if not on_grid or len(np.unique(ticks)) != len(ticks) or score.end != length * score.tpq:
        raise UsageError(
            f"The letters format holds one quarter note at a time; '{score.meta.title or 'this score'}' is "
            "something else. Write it as .mid, .abc or .musicxml, or encode it with the 'letters' encoding first."
        )
    codes = np.full(length, _REST)
    codes[ticks // score.tpq] = score.notes["pitch"] % 12
    return "".join(SYMBOLS[code] for code in codes)


class LettersFormat:
    """One melody a line."""

    name = "letters"
    suffixes = (".letters", ".txt")

    def parse(self, data: bytes) -> list[Reading]:
        """One Reading a line that is not empty. Raises BadInput when the file is no such text."""
        if len(data) > limits.FILE_BYTES:
            raise BadInput(
                f"The file has {len(data):,} bytes; etude reads {limits.FILE_BYTES:,}.", Reason.TOO_LARGE
            )
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput("The file is no UTF-8 text, so it holds no letters.", Reason.BAD_TEXT) from error
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            raise BadInput("The file is empty.", Reason.EMPTY)
        if len(lines) > limits.TUNES_PER_BOOK:
            message = f"The file has {len(lines):,} melodies; etude reads {limits.TUNES_PER_BOOK:,}. Split it."
            raise BadInput(message, Reason.TOO_LARGE)
        readings = [parse_line(line) for line in lines]
        if all(reading.score is None for reading in readings) and not any(is_letters(line) for line in lines):
            message = f"The text is not made of the thirteen symbols {SYMBOLS}: {readings[0].detail}."
            raise BadInput(message, Reason.UNKNOWN_FORMAT)
        return readings

    def dump(self, scores: Sequence[Score]) -> bytes:
        """One line a score."""
        return "".join(line_of(score) + "\n" for score in scores).encode()


FORMAT = LettersFormat()
