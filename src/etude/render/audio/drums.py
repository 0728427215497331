"""The built-in drum kit: General MIDI keys 35-81 from shaped noise and falling sines. Always the same samples."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

# key -> (kind, pitch in Hz, seconds to fall by 60 dB, gain)
KIT: dict[int, tuple[str, float, float, float]] = {
    35: ("kick", 48, 0.45, 0.9),
    36: ("kick", 54, 0.4, 0.9),
    37: ("block", 1100, 0.08, 0.5),
    38: ("snare", 190, 0.28, 0.6),
    39: ("clap", 0, 0.25, 0.5),
    40: ("snare", 230, 0.22, 0.6),
    41: ("tom", 80, 0.6, 0.7),
    42: ("hat", 8000, 0.09, 0.3),
    43: ("tom", 98, 0.55, 0.7),
    44: ("hat", 7000, 0.07, 0.25),
    45: ("tom", 120, 0.5, 0.7),
    46: ("hat", 7500, 0.6, 0.3),
    47: ("tom", 145, 0.45, 0.7),
    48: ("tom", 175, 0.4, 0.7),
    49: ("cymbal", 5000, 1.8, 0.35),
    50: ("tom", 210, 0.35, 0.7),
    51: ("cymbal", 6500, 1.1, 0.25),
    52: ("cymbal", 4500, 1.6, 0.35),
    53: ("block", 2600, 0.5, 0.25),
    54: ("hat", 9000, 0.2, 0.3),
    55: ("cymbal", 6000, 1.0, 0.3),
    56: ("block", 560, 0.25, 0.4),
    57: ("cymbal", 5400, 1.8, 0.35),
    59: ("cymbal", 6800, 1.2, 0.25),
}


@lru_cache(maxsize=256)
def drum(key: int, rate: int) -> Samples:
    """Float32[N]: the sound of a drum key at velocity 127, as long as it rings."""
    kind, pitch, decay, gain = KIT.get(key, ("block", 220.0 * 2 ** ((key - 60) / 12), 0.2, 0.35))
    seconds = np.arange(int(decay * rate)) / rate
    noise = np.random.default_rng(key).standard_normal(len(seconds))
    fall = np.exp(-6.908 * seconds / decay)
    if kind == "kick":
        sweep = pitch * seconds + 1.9 * (1 - np.exp(-seconds / 0.03))
        wave = np.sin(2 * np.pi * sweep) + 0.15 * noise * np.exp(-seconds / 0.004)
    elif kind == "tom":
        wave = np.sin(2 * np.pi * (pitch * seconds + 0.9 * (1 - np.exp(-seconds / 0.05)))) + 0.05 * noise * fall
    elif kind == "snare":
        body = np.sin(2 * np.pi * pitch * seconds) * np.exp(-seconds / 0.05)
        wave = 0.6 * body + 0.6 * _bright(noise, 1)
    elif kind == "clap":
        bursts = sum(np.exp(-np.maximum(seconds - d, 0) / 0.01) * (seconds >= d) for d in (0.0, 0.011, 0.023))
        wave = 0.5 * _bright(noise, 1) * (0.6 * bursts + 0.4 * fall)
    elif kind == "block":
        wave = np.sin(2 * np.pi * pitch * seconds) + 0.4 * np.sin(2 * np.pi * 1.51 * pitch * seconds)
    else:  # hats and cymbals
        metal = sum(np.sign(np.sin(2 * np.pi * pitch * r * seconds)) for r in (1.0, 1.34, 1.61, 2.02))
        wave = 0.35 * _bright(noise + 0.25 * metal, 2)
    return np.asarray(gain * wave * fall, np.float32)


def _bright(noise: NDArray[np.float64], times: int) -> NDArray[np.float64]:
    """Noise with its low end taken away by differences."""
    for _ in range(times):
        noise = np.diff(noise, prepend=0.0) * 0.7
    return noise
