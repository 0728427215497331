"""Where bar lines and beats lie, in ticks."""

from __future__ import annotations


class BarLines:
    """Bars of one length, counted from a bar line.

    start    tick of the line at which bar 0 begins; what stands before it (a pickup) belongs to bar 0
    bar      ticks of a bar
    beat     ticks of a beat: a quarter, or a dotted quarter in compound meters
    changes  how often they were set, so that what was worked out from them can be forgotten
    """

    def __init__(self, tpq: int, meter: tuple[int, int] = (4, 4), start: int = 0) -> None:
        self.tpq, self.changes = tpq, 0
        self.set(meter, start)

    def set(self, meter: tuple[int, int], start: int) -> None:
        """Bars of this meter from tick `start` on."""
        self.meter, self.start = meter, start
        self.bar = 4 * self.tpq * meter[0] // meter[1]
        compound = meter[1] >= 8 and meter[0] % 3 == 0
        self.beat = max(1, min(self.bar, self.tpq * 3 // 2 if compound else self.tpq))
        self.changes += 1

    def number(self, tick: int) -> int:
        """The bar that `tick` is in."""
        return max(0, (tick - self.start) // self.bar)

    def line(self, number: int) -> int:
        """The tick at which a bar begins."""
        return self.start + number * self.bar

    def on_beat(self, tick: int) -> bool:
        """Whether a beat begins here. Every bar line is a beat."""
        return self._in_bar(tick) % self.beat == 0

    def next_beat(self, tick: int) -> int:
        """The first beat after `tick`."""
        inside = self._in_bar(tick)
        return tick - inside + min(self.bar, (inside // self.beat + 1) * self.beat)

    def _in_bar(self, tick: int) -> int:
        return (tick - self.start) % self.bar
