"""How long a piece is to be, and the tick at which that is reached."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from etude.errors import UsageError
from etude.score import Event, Mark, Score, bar_starts, pickup_ticks


@dataclass(frozen=True)
class Length:
    """How much music to add to the prompt; the first limit reached counts, none leaves it to the model.

    With bars or seconds the model cannot end the piece earlier (unless sampling is unmasked); with steps it may.

    bars      up to the bar line that many bars on. A bar that the prompt has begun counts as the first of them,
              an incomplete bar at the very start (a pickup) does not count.
    seconds   after the prompt's end, at the tempo of the piece
    steps     drawn steps, the end step included
    """

    bars: int | None = None
    seconds: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("bars", self.bars), ("seconds", self.seconds), ("steps", self.steps)):
            if value is not None and not (0 < value < 1e9 and math.isfinite(value)):
                raise UsageError(f"A length of {value} {name} is no length: it must be above 0 and below 1e9.")


class Target:
    """The tick at which a Length is reached, kept right while tempo, meter and pickup events come in."""

    def __init__(self, length: Length, tpq: int, prompt_end: int) -> None:
        self.length, self.tpq, self.prompt_end = length, tpq, prompt_end
        self.tempos: list[tuple[int, int]] = []
        self.meters: list[tuple[int, int, int]] = []
        self.marks: list[Mark] = []
        self.tick = self._compute()

    def hear(self, events: Iterable[Event]) -> None:
        """Takes note of the tempo, meter and pickup among `events`."""
        changed = False
        for event in events:
            if event.kind == "tempo":
                self.tempos.append((event.tick, event.number))
            elif event.kind == "meter":
                self.meters.append((event.tick, event.number, event.value))
            elif event.kind == "mark" and event.text.startswith("pickup:"):
                self.marks = [Mark(0, "pickup", event.text.partition(":")[2])]
            else:
                continue
            changed = True
        if changed:
            self.tick = self._compute()

    def _compute(self) -> int | None:
        """The tick, or None where only steps or nothing limit the length."""
        ticks = []
        if self.length.bars is not None:
            ticks.append(self._bar_line(self.length.bars))
        if self.length.seconds is not None:
            score = Score.of((), tempos=self.tempos, tpq=self.tpq)
            start = float(score.seconds([self.prompt_end])[0])
            ticks.append(int(score.ticks([start + self.length.seconds])[0]))
        return min(ticks, default=None)

    def _bar_line(self, bars: int) -> int:
        """The tick of the bar line `bars` bars on."""
        longest = max([4.0, *(4 * top / bottom for _, top, bottom in self.meters)])
        far = int(self.prompt_end + (bars + 2) * longest * self.tpq)
        marks = [*self.marks, Mark(far, "end")]
        score = Score.of((), meters=self.meters, marks=marks, tpq=self.tpq)
        starts = bar_starts(score)
        first = int(np.searchsorted(starts, self.prompt_end, side="right")) - 1
        if first == 0 and pickup_ticks(score):
            first = 1
        return int(starts[first + bars])
