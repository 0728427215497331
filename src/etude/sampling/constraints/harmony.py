"""A chord for each bar: what sounds on a beat belongs to it; only what lies between two beats may be foreign."""

from __future__ import annotations

import numpy as np

from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rules import FAR, Mask, Rule, Ticks, class_mask
from etude.sampling.constraints.words import Chord


class Harmony(Rule):
    """One chord a bar, from the first bar that is drawn on, again and again.

    A note that sounds on a beat is one of the chord of that beat's bar, so it stops where a chord comes that does
    not hold it. A note that stops before the next beat is free: a passing note.
    """

    name = "chords"

    def __init__(self, chords: tuple[Chord, ...], lines: BarLines) -> None:
        self.chords, self.lines = chords, lines
        self.first = 0  # the bar that the first chord belongs to
        self._masks = [class_mask(chord.classes) for chord in chords]

    def chord(self, bar: int) -> Chord:
        """The chord of a bar."""
        return self.chords[(bar - self.first) % len(self.chords)]

    def _mask(self, bar: int) -> Mask:
        return self._masks[(bar - self.first) % len(self._masks)]

    def latest(self, tick: int) -> Ticks:
        """See `Rule.latest`."""
        lines = self.lines
        beat = tick if lines.on_beat(tick) else lines.next_beat(tick)
        bar = lines.number(beat)
        return np.where(self._mask(bar), self._from_line(bar + 1), beat)

    def _from_line(self, bar: int) -> Ticks:
        """Int64[128]: the line at which each pitch that sounds before the line of `bar` has to stop."""
        out = np.full(128, FAR, np.int64)
        for later in reversed(range(bar, bar + len(self.chords))):
            out = np.where(self._mask(later), out, self.lines.line(later))
        return out
