"""When the sustain pedal of a track is held down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.score.score import Score
from etude.score.tables import SUSTAIN


def pedal_spans(score: Score, track: int) -> NDArray[np.int64]:
    """Int64[P, 2]: ticks at which the sustain pedal of `track` goes down and comes up again."""
    rows = score.controls[(score.controls["number"] == SUSTAIN) & (score.controls["track"] == track)]
    spans, down = [], -1
    for row in rows:
        pressed = row["value"] >= 64
        if pressed and down < 0:
            down = int(row["tick"])
        elif not pressed and down >= 0:
            spans.append((down, int(row["tick"])))
            down = -1
    if down >= 0:
        spans.append((down, max(score.end, down)))
    return np.array(spans, np.int64).reshape(-1, 2)
