"""Cutting steps that are frames of time: chorales and piano rolls."""

from __future__ import annotations

import numpy as np

from etude.encodings.base import Steps
from etude.encodings.chorale import CELL, voices
from etude.encodings.infill.cutting import HEAD, Cutting, Ticks
from etude.score import Score


class FrameCuts(Cutting):
    """Cut between any two frames. A note that sounds across a cut is held behind it."""

    @property
    def frame(self) -> int:
        """Ticks of a frame."""
        return int(self.encoding.ticks)

    def ticks(self, steps: Steps) -> Ticks:
        """See `Cutting.ticks`."""
        out = (np.arange(len(steps), dtype=np.int64) - 1) * self.frame
        out[0] = HEAD
        return out


class ChoraleCuts(FrameCuts):
    """Sixteenths of four voices."""

    @property
    def frame(self) -> int:
        """Ticks of a frame."""
        return CELL

    def parts(self, score: Score) -> list[tuple[int, ...]]:
        """The track of each voice, () for one that is silent throughout."""
        return [tuple(np.unique(notes["track"]).tolist()) for notes in voices(score)]
