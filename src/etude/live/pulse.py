"""Beats and nanoseconds: a straight line, exchanged for another whenever the tempo changes."""

from __future__ import annotations

NS_A_MINUTE = 60_000_000_000
SLOWEST, FASTEST = 10.0, 480.0  # beats a minute


class Pulse:
    """Where each beat (a quarter note) falls on the clock."""

    def __init__(self, at: int = 0, beat: float = 0.0, tempo: float = 120.0) -> None:
        self.anchor(at, beat, tempo)

    def anchor(self, at: int, beat: float, tempo: float | None = None) -> None:
        """From now on beat `beat` falls on `at` (ns), at `tempo` beats a minute."""
        self.at, self.origin = at, beat
        if tempo is not None:
            self.tempo = min(max(tempo, SLOWEST), FASTEST)

    def ns(self, beat: float) -> int:
        """When `beat` falls."""
        return self.at + round((beat - self.origin) * NS_A_MINUTE / self.tempo)

    def beat(self, ns: int) -> float:
        """The beat, with its fraction, that falls on `ns`."""
        return self.origin + (ns - self.at) * self.tempo / NS_A_MINUTE

    def change(self, beat: float, tempo: float) -> None:
        """Another tempo from `beat` on; what came before stays where it was."""
        self.anchor(self.ns(beat), beat, tempo)
