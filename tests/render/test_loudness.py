"""Loudness: what the standard says of known sounds, and sounds made equally loud."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from etude.render.audio.loudness import PEAK, TARGET, equally_loud, loudness


def sine(rate: int, hertz: float = 997.0, seconds: float = 3.0, peak: float = 1.0) -> NDArray[np.float32]:
    """Float32[N, 1]."""
    return (peak * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate))[:, None].astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_a_full_scale_sine_has_3_lu_below_full_scale(rate: int) -> None:
    assert loudness(sine(rate), rate) == pytest.approx(-3.01, abs=0.02)  # BS.1770-4, annex 1
    assert loudness(sine(rate, peak=0.1), rate) == pytest.approx(-23.01, abs=0.02)


def test_two_channels_add_up_and_the_ear_is_not_flat() -> None:
    both = np.repeat(sine(48_000), 2, axis=1)
    assert loudness(both, 48_000) == pytest.approx(0.0, abs=0.02)
    assert loudness(sine(48_000, 30.0), 48_000) < -10
    assert loudness(sine(48_000, 8000.0), 48_000) > 0


def test_rests_do_not_count() -> None:
    sound = sine(22_050)
    with_rest = np.concatenate([sound, np.zeros((22_050 * 9, 1), np.float32)])
    assert loudness(with_rest, 22_050) == pytest.approx(loudness(sound, 22_050), abs=0.5)
    assert loudness(np.zeros((22_050, 1), np.float32), 22_050) == -np.inf
    assert loudness(sine(22_050, seconds=0.1), 22_050) == -np.inf


def test_equally_loud_without_clipping() -> None:
    click = np.zeros((22_050, 1), np.float32)
    click[::2205] = 0.9  # all peak
    for sounds in ([sine(22_050, peak=0.02), sine(22_050, 300.0, peak=0.5)], [sine(22_050), click]):
        found, level = equally_loud(sounds, 22_050)
        assert level <= TARGET
        assert [loudness(one, 22_050) for one in found] == pytest.approx([level] * 2, abs=0.01)
        assert max(np.abs(one).max() for one in found) <= PEAK + 1e-6
    assert level < TARGET
    assert np.array_equal(equally_loud([np.zeros((100, 1), np.float32)], 22_050)[0][0], np.zeros((100, 1)))
