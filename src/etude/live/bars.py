"""Where bar lines fall, in beats, as far as the meters are known."""

from __future__ import annotations

import math

CLOSE = 1e-6  # beats that count as none


class Bars:
    """Bar lines counted from the last change of meter. Without one a bar has four beats."""

    def __init__(self) -> None:
        self.changes: list[tuple[float, float]] = [(0.0, 4.0)]  # (beat, beats a bar), by beat

    def change(self, beat: float, length: float) -> None:
        """A bar begins at `beat`; it and those after it have `length` beats."""
        self.forget(beat)
        self.changes.append((beat, max(length, 0.25)))

    def forget(self, beat: float) -> None:
        """Forgets the changes at `beat` and after it."""
        self.changes = [change for change in self.changes if change[0] < beat - CLOSE]
        if not self.changes:
            self.changes = [(0.0, 4.0)]

    def length(self, beat: float) -> float:
        """The beats of the bar in which `beat` lies."""
        return self._change(beat)[1]

    def before(self, beat: float) -> float:
        """The last bar line at or before `beat`."""
        start, length = self._change(beat)
        return start + math.floor((beat - start) / length + CLOSE) * length

    def after(self, beat: float) -> float:
        """The first bar line after `beat`."""
        start, length = self._change(beat)
        line = start + (math.floor((beat - start) / length + CLOSE) + 1) * length
        later = [change for change, _ in self.changes if change > beat + CLOSE]
        return min([line, *later[:1]])

    def at_or_after(self, beat: float) -> float:
        """The first bar line not before `beat`."""
        line = self.before(beat)
        return line if line >= beat - CLOSE else self.after(beat)

    def _change(self, beat: float) -> tuple[float, float]:
        held = self.changes[0]
        for change in self.changes:
            if change[0] > beat + CLOSE:
                break
            held = change
        return held
