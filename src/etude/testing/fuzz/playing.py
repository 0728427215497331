"""A strange SoundFont played as the product plays one: by FluidSynth, in a child process that may die."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from etude.errors import BadInput
from etude.render.audio.sound import sound
from etude.score import BEND, PROGRAM, Score

TUNE = Score.of(
    [(0, 48, 60, 90, 0), (24, 24, 72, 127, 0), (48, 20, 30, 1, 0), (48, 20, 100, 60, 0)],
    controls=[(0, 0, PROGRAM, 0), (24, 0, BEND, 4000), (60, 0, PROGRAM, 1)],
)


def play(soundfont: Path) -> tuple[str, str]:
    """("kept" or "refused", what was wrong or ""). Raises nothing but what `sound` may raise, BadInput excepted."""
    try:
        made = sound(TUNE, soundfont=soundfont)
    except BadInput as error:
        return "refused", "" if error.reason and str(error) else "uncoded: no reason"
    if not np.isfinite(made.samples).all() or np.abs(made.samples).max() > 1.0:
        return "kept", "invariant: samples that are not between -1 and 1"
    return "kept", ""
