"""How loud sound is to a listener, and sounds made equally loud.

Conventions
    Integrated loudness in LUFS (LU below full scale): blocks of 400 ms, three quarters shared with the next, those
    below -70 LUFS and then those 10 LU below the mean of the rest are not counted.

Source: ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level" (2015). Its two
filters are given for 48 kHz; here their response at each frequency is applied to the spectrum, at any lower rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # [N, channels], full scale 1.0

RATE = 48_000  # of the filters below
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
OFFSET = -0.691  # dB, so that a full-scale sine of 997 Hz in one channel has -3.01
BLOCK, HOP = 0.4, 0.1  # seconds
SILENCE, BELOW = -70.0, 10.0  # LUFS, LU
TARGET, PEAK = -20.0, 0.98  # LUFS, of full scale


def loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS of float32[N, channels]; minus infinity of silence and of less than a block."""
    powers = _block_powers(_weighted(samples, rate), rate)
    heard = powers[_level(powers) > SILENCE]
    if not len(heard):
        return -np.inf
    counted = heard[_level(heard) > _level(heard.mean()) - BELOW]
    return float(_level(counted.mean()))


def equally_loud(sounds: Sequence[Samples], rate: int) -> tuple[list[Samples], float]:
    """(the sounds at one loudness, that loudness in LUFS): TARGET, or less where one of them would clip.

    A sound without loudness stays as it is.
    """
    levels = [loudness(one, rate) for one in sounds]
    known = [(one, level) for one, level in zip(sounds, levels) if np.isfinite(level)]
    rooms = [level + 20 * np.log10(PEAK / np.abs(one).max()) for one, level in known]
    target = min([TARGET, *rooms])
    gains = [10 ** ((target - level) / 20) if np.isfinite(level) else 1.0 for level in levels]
    return [(one * np.float32(gain)).astype(np.float32) for one, gain in zip(sounds, gains)], float(target)


def _level(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """LUFS of the weighted mean square, channels added up."""
    with np.errstate(divide="ignore"):
        return np.asarray(OFFSET + 10 * np.log10(powers), np.float64)


def _weighted(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Float64[N, channels]: as the ear weighs it."""
    length = 1 << int(2 * len(samples) - 1).bit_length()  # room for the filters to ring
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    delay = np.exp(-2j * np.pi * frequencies / RATE)
    response = np.ones(len(frequencies), np.complex128)
    for above, below in (SHELF, HIGH_PASS):
        response *= np.polyval(above[::-1], delay) / np.polyval(below[::-1], delay)
    spectrum = np.fft.rfft(samples.astype(np.float64), length, axis=0)
    return np.asarray(np.fft.irfft(spectrum * response[:, None], length, axis=0)[: len(samples)], np.float64)


def _block_powers(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Float64[B]: the mean square of each block, channels added up."""
    block, hop = round(BLOCK * rate), round(HOP * rate)
    sums = np.concatenate([[0.0], np.cumsum((samples**2).sum(axis=1))])
    begins = np.arange(0, len(samples) - block + 1, hop)
    return np.asarray((sums[begins + block] - sums[begins]) / block, np.float64)
