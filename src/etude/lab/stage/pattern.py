"""Music without a model: chords of four notes in sixteenths, with pedal, for measuring a player."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from etude.live import Arrived, Cue, cue
from etude.score import SUSTAIN, Event

STEP = 0.25  # beats
CHORDS = ((60, 64, 67, 72), (59, 62, 67, 71), (57, 60, 64, 69), (57, 60, 65, 69))


class Pattern:
    """A bar of each chord, over and over. `stall_at` makes it deaf from that beat on, `die_at` ends the process:
    for tests of what a player does then."""

    def __init__(self, bars: int | None = None, stall_at: float | None = None, die_at: float | None = None) -> None:
        self.end = None if bars is None else 4.0 * bars
        self.stall_at, self.die_at = stall_at, die_at
        self.step = self.generation = 0

    def ahead(self, beat: float) -> Iterator[Arrived]:
        """The music up to `beat`, a beat at a time."""
        while (at := self.step * STEP) < beat and (self.end is None or at < self.end):
            if self.stall_at is not None and at >= self.stall_at:
                return
            if self.die_at is not None and at >= self.die_at:
                raise SystemExit(7)
            cues = tuple(one for step in range(4) for one in self._cues(self.step + step))
            self.step += 4
            last = self.end is not None and self.step * STEP >= self.end
            yield Arrived(cues, self.step * STEP, self.generation, last)

    def tell(self, name: str, value: Any) -> None:
        """Takes up the generation of a restart."""
        if name == "restart":
            self.generation, self.step = value["generation"], round(value["beat"] / STEP)

    def _cues(self, step: int) -> Iterator[Cue]:
        chord = CHORDS[step // 16 % len(CHORDS)]
        if step % 16 in (0, 14):  # a pedal that is down most of the time
            yield cue(step * STEP, step * 10, Event(0, "control", 0, SUSTAIN, 127 if step % 16 == 0 else 0))
        for number, pitch in enumerate(chord):
            place = step * 10 + number * 2 + 1
            yield cue(step * STEP, place, Event(0, "on", 0, pitch, 70 + step % 4))
            yield cue((step + 0.9) * STEP, place + 1, Event(0, "off", 0, pitch))
