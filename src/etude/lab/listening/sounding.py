"""Two pieces as a person hears them blind: equally long, by one renderer, equally loud, neither to its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from etude.files import write_atomically
from etude.render.audio import sound, wav_bytes
from etude.render.audio.loudness import Samples, equally_loud
from etude.render.audio.sound import fluidsynth_with
from etude.score import Score, cut

RATE = 22_050  # samples a second, one channel: a minute of a pair takes 5 MB
WITHIN = 0.9  # of the shorter piece, at most: who ends and who is cut would tell them apart
FADE = 1.5  # seconds


def common_length(first: Score, second: Score, most: float) -> float:
    """Seconds that both are heard for, so that neither reaches its end."""
    return min(most, WITHIN * first.duration, WITHIN * second.duration)


def excerpt(score: Score, seconds: float, soundfont: str | None) -> Samples:
    """Float32[N, 1] of the first `seconds`, exactly as many samples for every score, fading out."""
    length = round(seconds * RATE)
    played = cut(score, 0, int(score.ticks([seconds])[0]))
    made = sound(played, soundfont=soundfont, rate=RATE).samples.mean(axis=1)[:length]
    whole = np.pad(made, (0, length - len(made)))
    fading = min(length, round(FADE * RATE))
    whole[length - fading :] *= np.linspace(1.0, 0.0, fading)
    return whole[:, None].astype(np.float32)


def write_sounds(sounds: Sequence[tuple[Path, Samples]]) -> float:
    """Writes each as a WAV file that says nothing of itself, all equally loud; their loudness in LUFS."""
    equal, level = equally_loud([samples for _, samples in sounds], RATE)
    for (path, _), samples in zip(sounds, equal, strict=True):
        write_atomically(path, wav_bytes(samples, RATE))
    return level


def renderer(soundfont: str | None) -> str:
    """What plays, in words."""
    found = fluidsynth_with(soundfont)
    return f"fluidsynth with {found[1].name}" if found else "the built-in synthesiser"
