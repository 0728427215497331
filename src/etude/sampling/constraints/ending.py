"""Exactly so many bars, and an ending that closes: the last note is the tonic, or the last chord stands on it.

Notes that would still sound when the closing note begins, and do not belong to it, are not begun: every note
stops by the time the closing note has to begin at the latest (`last`), or lasts to the end and belongs to the tonic
chord. So the close can always be reached, whatever was drawn before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import PITCHES, Mask, Rule, Ticks, class_mask
from etude.score import key_fits

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
CLOSING_DRUMS = (35, 36, 49, 52, 55, 57)  # General MIDI: bass drums, crash, Chinese and splash cymbals
Tonic = tuple[int, bool]  # pitch class, and whether the third above it is minor
_ORDER: tuple[Tonic, ...] = tuple((tonic, minor) for minor in (False, True) for tonic in range(12))


@dataclass(frozen=True)
class Close:
    """What may sound to the end: the tonic, and the chord that stands on it (bool[128] each); and which it is."""

    tonic: Mask
    chord: Mask
    on: Tonic


class Ending(Rule):
    """The end after `bars` bars.

    first    the bar that counts as the first
    pickup   ticks of an upbeat that the last bar leaves out
    written  the longest note value of at most so many ticks that can be written
    known    the tonic, where it was told; else it is that of the key that what was heard fits best
    """

    name = "ending"

    def __init__(self, bars: int, lines: BarLines, rhythm: Onsets | None = None) -> None:
        self.bars, self.lines, self.rhythm = bars, lines, rhythm
        self.first, self.pickup = 0, 0
        self._worked_out: tuple[int, int] | None = None  # the end, and the last tick that goes with it
        self.written: Callable[[int], int] = lambda ticks: ticks
        self.known: Callable[[], Tonic | None] = lambda: None

    @property
    def end(self) -> int:
        """The tick at which the last bar is full."""
        return self.lines.line(self.first + self.bars) - self.pickup

    @property
    def last(self) -> int:
        """The tick at which the closing note begins at the latest."""
        end = self.end
        if self._worked_out is None or self._worked_out[0] != end:
            before = end - self.written(min(self.lines.tpq, self.lines.bar))
            self._worked_out = (end, before if self.rhythm is None else self.rhythm.last(end))
        return self._worked_out[1]

    @property
    def earliest(self) -> int:
        """The tick from which a note may be the closing one: in the last bar, or where a rhythm has it."""
        return self.last if self.rhythm else min(self.last, self.end - self.lines.bar)

    def close(self, base: Ticks, held: NDArray[np.float64], available: Mask) -> Close:
        """What may close the piece, of the pitches that `base` (int64[128], see `Rule.latest`) lets sound so long.

        held       float64[12]: how long each pitch class was heard
        available  bool[128]: what can be written at all
        """
        lasting = available & (base >= self.end)
        tonic, minor = self.known() or self._likeliest(held, lasting)
        chord = frozenset((tonic + step) % 12 for step in (MINOR if minor else MAJOR))
        resting = lasting & (tonic == PITCHES % 12)
        lowest = int(resting.argmax()) if resting.any() else 128
        return Close(resting, lasting & class_mask(chord) & (lowest <= PITCHES), (tonic, minor))

    def settle(self, close: Close) -> None:
        """The piece closes on this tonic: one of its notes has begun."""
        self.known = lambda: close.on

    def _likeliest(self, held: NDArray[np.float64], lasting: Mask) -> Tonic:
        """The tonic of the key that fits best and whose tonic can sound to the end."""
        fits = key_fits(held)
        order = range(24) if fits is None else np.argsort(-fits, kind="stable").tolist()
        classes = set((PITCHES[lasting] % 12).tolist())
        return next((_ORDER[key] for key in order if key % 12 in classes), _ORDER[0])


class DrumEnding(Ending):
    """The end of a part for drums, which has no tonic: it closes on a bass drum or a crash cymbal.

    The last strokes of 45 % of the long performances in the Groove MIDI Dataset are among these.
    """

    def close(self, base: Ticks, held: NDArray[np.float64], available: Mask) -> Close:
        """What may close the part; see `Ending.close`. The tonic is one in name only."""
        resting = available & (base >= self.end) & np.isin(PITCHES, CLOSING_DRUMS)
        return Close(resting, resting, _ORDER[0])
