"""Where the music stands: which of its beats sounds now, and when the others will."""

from __future__ import annotations

import math
from enum import Enum

from etude.live.bars import Bars
from etude.live.pulse import Pulse


class State(Enum):
    """What a player is doing."""

    WAITING = "waiting"  # for the first music, or for an external start
    PLAYING = "playing"
    HOLDING = "holding"  # no music has arrived in time: the pulse goes on, nothing sounds
    PAUSED = "paused"


class Transport:
    """A pulse that never stops, and the music on it, `offset` beats later than written.

    Beats of the music and beats of the pulse differ by the offset: it grows by whole bars when the music has to
    wait, so that it comes back on a bar line of the pulse that people still tap.
    """

    def __init__(self, pulse: Pulse, bars: Bars) -> None:
        self.pulse, self.bars = pulse, bars
        self.state = State.WAITING
        self.offset = 0.0
        self.resting = 0.0  # beat of the music at which it waits, holds or pauses

    def due(self, beat: float) -> int:
        """When (ns) a beat of the music falls, should nothing change."""
        return self.pulse.ns(beat + self.offset)

    def position(self, now: int) -> float:
        """The beat of the music at `now`: where it rests, unless it plays."""
        return self.pulse.beat(now) - self.offset if self.state is State.PLAYING else self.resting

    def play(self, now: int, beat: float) -> None:
        """Plays from `beat` on, which falls on `now`; a beat of the pulse falls there, too."""
        waited = self.state is State.WAITING
        self.pulse.anchor(now, 0.0 if waited else math.ceil(self.pulse.beat(now) - 1e-6))
        self.offset = self.pulse.origin - beat
        self.state = State.PLAYING

    def rest(self, state: State, beat: float) -> None:
        """Stops the music at `beat`."""
        self.state, self.resting = state, beat

    def hold(self, beat: float) -> None:
        """Stops the music because nothing is known beyond `beat`: it goes on at a bar line."""
        self.rest(State.HOLDING, self.bars.at_or_after(beat))

    def next_line(self, now: int) -> int:
        """While holding: the next moment (ns) at which the music could come back."""
        length = self.bars.length(self.resting)
        behind = self.pulse.beat(now) - (self.resting + self.offset)
        return self.pulse.ns(self.resting + self.offset + max(0, math.ceil(behind / length - 1e-9)) * length)

    def come_back(self, line: int) -> None:
        """While holding: goes on at the bar line that falls on `line`, as `next_line` told it."""
        self.offset = self.pulse.beat(line) - self.resting
        self.state = State.PLAYING

    def change_tempo(self, now: int, tempo: float) -> None:
        """Another tempo at once."""
        self.pulse.change(self.pulse.beat(now), tempo)
