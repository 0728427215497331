"""The columns of `etude.models.bars`, worked out one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING, LENGTH, SOUND, ALSO, TUPLET, LINE, SIGN, METER, UPBEAT, BREAK = range(10)
GRAIN, FURTHEST, MOST_BARS, MOST_SIGNS = 30, 127, 31, 15
SIZES = (FURTHEST + 1, FURTHEST + 1, FURTHEST + 1, MOST_BARS + 1, MOST_SIGNS + 1)

Move = Sequence[int]  # what a value does, and up to three numbers


@dataclass
class Bar:
    """Where in the bar and in the section the music stands; times in ticks. `take` changes it."""

    length: int = 240
    full: int = 1920
    due: int = 0
    rest: int = 0
    upbeat: int = 0
    gone: int = 0
    also: bool = False
    tuplet: tuple[int, int, int] = (0, 0, 0)
    written: int = 0
    bars: int = 0
    signs: int = 0

    def take(self, move: Move) -> None:
        """Goes on by one step."""
        what, number = move[0], move[1]
        if what == SOUND and not self.also:
            self._advance()
        self.also = what == ALSO
        if what == LENGTH:
            self.length = number
        elif what == TUPLET:
            self.tuplet, self.written = (number, move[2], move[3]), 0
        elif what == UPBEAT:
            self.due = self.rest = self.upbeat = number
        elif what in (LINE, SIGN, METER, BREAK):
            self._divide(what, number)

    @property
    def columns(self) -> tuple[int, int, int, int, int]:
        """Gone, left, close, bars and signs."""
        left = (self.due or self.full) - self.gone
        return (
            _cut(self.gone // GRAIN, FURTHEST),
            _cut(left // GRAIN, FURTHEST),
            _cut((self.full - self.upbeat - self.gone) // GRAIN, FURTHEST),
            min(self.bars, MOST_BARS),
            min(self.signs, MOST_SIGNS),
        )

    def _advance(self) -> None:
        p, q, unit = self.tuplet
        before, self.written = self.written, self.written + self.length
        if before >= p * unit:
            self.gone += self.length
        else:
            self.gone += _sounding(min(self.written, p * unit), p, q) - _sounding(before, p, q)

    def _divide(self, what: int, number: int) -> None:
        self.tuplet, self.written = (0, 0, 0), 0
        if what == BREAK:
            return
        gone, self.gone = self.gone, 0
        if what == METER:
            self.full = number
            return
        left_over = self.full - gone if what == SIGN and 0 < gone < self.full else 0
        self.due = 0 if self.rest and what == SIGN else left_over
        self.rest, self.upbeat = left_over, self.due or self.upbeat
        self.bars, self.signs = (0, self.signs + 1) if what == SIGN else (self.bars + 1, self.signs)


def _sounding(written: int, p: int, q: int) -> int:
    """The ticks that `written` ticks of a tuplet take, rounded to the nearest."""
    return (2 * written * q + p) // (2 * p)


def _cut(value: int, highest: int) -> int:
    return min(max(value, 0), highest)
