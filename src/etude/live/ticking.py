"""MIDI clock out: 24 messages a quarter, with start, stop, continue and song position."""

from __future__ import annotations

import math

from etude.live import messages
from etude.live.outlet import Outlet
from etude.live.timing import Timing
from etude.live.transport import Transport


class Ticker:
    """The clock that other machines follow. It runs on the pulse, so it goes on while the music holds or pauses."""

    def __init__(self, outlet: Outlet, transport: Transport) -> None:
        self.outlet, self.transport = outlet, transport
        self.on = False
        self.going = False  # whether ticks are sent: from the first start on, also through pauses
        self.running = False  # whether receivers have been started
        self.count = 0  # the next tick, counted from beat 0 of the pulse
        self.timing = Timing()

    def play(self, at: int, beat: float) -> None:
        """Tells receivers that `beat` of the music falls on `at` (ns), which is where a tick falls."""
        if not self.on:
            return
        self.count = math.ceil(self.transport.pulse.beat(at) * messages.CLOCKS - 1e-6)
        if beat > 0:
            self.outlet.send(messages.song_position(beat))
        self.outlet.send(bytes((messages.CONTINUE if beat > 0 else messages.START,)))
        self.going = self.running = True

    def stop(self) -> None:
        """Tells receivers to stop."""
        if self.running:
            self.running = False
            self.outlet.send(bytes((messages.STOP,)))

    def deadline(self) -> int | None:
        """When (ns) the next tick is due."""
        return self.transport.pulse.ns(self.count / messages.CLOCKS) if self.going else None

    def tick(self, now: int) -> None:
        """Sends the ticks that are due. Ticks that were missed all come: receivers count them."""
        while self.going and (due := self.transport.pulse.ns(self.count / messages.CLOCKS)) <= now:
            self.outlet.send(bytes((messages.CLOCK,)))
            self.timing.add(due, self.outlet.clock.now())
            self.count += 1
