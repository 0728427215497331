"""One function from Score to sound, whichever way this machine can do it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etude import limits
from etude.errors import UsageError
from etude.render.audio.soundfonts import find_fluidsynth, find_soundfont
from etude.score import Score

RATE = 44_100  # samples per second


@dataclass(frozen=True)
class Sound:
    """Stereo samples and how they were made."""

    samples: NDArray[np.float32]  # (N, 2), full scale 1.0
    rate: int  # samples per second
    backend: str  # "fluidsynth" or "built-in"
    soundfont: str = ""

    @property
    def seconds(self) -> float:
        """The length, ringing included."""
        return len(self.samples) / self.rate


def fluidsynth_with(soundfont: str | Path | None) -> tuple[str, Path] | None:
    """The FluidSynth library and SoundFont that play when `soundfont` is asked for; None: the built-in synthesiser.

    Raises UsageError when a SoundFont is named and FluidSynth is not here.
    """
    if soundfont == "none":
        return None
    library = find_fluidsynth()
    font = Path(soundfont) if soundfont is not None else find_soundfont()
    if soundfont is not None and library is None:
        raise UsageError("FluidSynth is not here to use that SoundFont. Install it: pip install 'etude[sound]'")
    return (library, font) if library and font else None


def sound(score: Score, *, soundfont: str | Path | None = None, rate: int = RATE) -> Sound:
    """The sound of `score`.

    `soundfont` None takes the first found (see `soundfonts`), "none" the built-in synthesiser. Without
    FluidSynth or without any SoundFont the built-in synthesiser plays; naming a SoundFont that cannot be used
    is an error instead.
    """
    if score.duration > limits.SECONDS:
        raise UsageError(f"The piece lasts {score.duration / 3600:.1f} h; sound is made for up to 24 h.")
    found = fluidsynth_with(soundfont)
    if found:
        from etude.render.audio.fluid import fluid_sound

        library, font = found
        return Sound(fluid_sound(score, font, library, rate), rate, "fluidsynth", font.name)
    from etude.render.audio.synth import synthesise

    return Sound(synthesise(score, rate), rate, "built-in")
