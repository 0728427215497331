"""A given rhythm: notes begin where it says and nowhere else."""

from __future__ import annotations

from bisect import bisect_left

from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rules import FAR, Rule
from etude.sampling.constraints.words import Rhythm


class Onsets(Rule):
    """The onsets of a pattern that comes again and again, from the first bar that is drawn on.

    begin   the tick from which it counts: what was given before may begin when it likes
    """

    name = "rhythm"

    def __init__(self, rhythm: Rhythm, lines: BarLines) -> None:
        self.lines = lines
        self.length = int(rhythm.length * lines.tpq)
        self.inside = [int(onset * lines.tpq) for onset in rhythm.onsets]
        self.first, self.begin = 0, 0

    def may_begin(self, tick: int) -> bool:
        """Whether the pattern has an onset at `tick`."""
        return self.due(tick) == tick

    def due(self, tick: int) -> int:
        """The first onset from `tick` on."""
        origin = self.lines.line(self.first)
        past = max(tick, self.begin, origin) - origin
        round_, inside = divmod(past, self.length)
        at = bisect_left(self.inside, inside)
        if at == len(self.inside):
            round_, at = round_ + 1, 0
        return origin + round_ * self.length + self.inside[at]

    def last(self, before: int) -> int:
        """The last onset before tick `before`; FAR where none comes before it."""
        found, at = FAR, self.due(0)
        if at >= before:
            return found
        round_ = (before - 1 - self.lines.line(self.first)) // self.length
        for earlier in (round_, round_ - 1):
            for inside in reversed(self.inside):
                tick = self.lines.line(self.first) + earlier * self.length + inside
                if self.begin <= tick < before:
                    return tick
        return at
