"""Single tones of the built-in synthesiser, as float32 samples."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from etude.render.audio.instruments import Instrument, Layer

Samples = NDArray[np.float32]

TABLE = 4096  # samples of one period
VIBRATO_RATE = 5.2  # Hz


def frequency(pitch: float) -> float:
    """Hz of a MIDI pitch: 69 is 440 Hz, equal temperament."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


@lru_cache(maxsize=512)
def _period(partials: tuple[tuple[int, float], ...], highest: int) -> Samples:
    """One period of the sum of `partials` up to number `highest` (what lies above would alias)."""
    angle = np.arange(TABLE) * (2 * np.pi / TABLE)
    wave = np.zeros(TABLE)
    for number, amplitude in partials:
        if number <= highest:
            # phases that differ keep the peaks of many partials from falling together
            wave += amplitude * np.sin(number * angle + 0.7 * number * number)
    wave = np.append(wave, wave[0])
    return wave.astype(np.float32)


def tone(
    instrument: Instrument, pitch: int, length: int, rate: int, bend: NDArray[np.float64] | None = None
) -> Samples:
    """Float32[length]: the tone at velocity 127 with its attack, without release; `bend` is semitones a sample."""
    cycles = _phase(instrument, pitch, length, rate, bend)
    out = np.zeros(length, np.float32)
    for layer in instrument.layers:
        out += _layer(layer, instrument, pitch, cycles, rate)
    if instrument.breath:
        noise = np.random.default_rng(pitch).standard_normal(length).astype(np.float32)
        noise[1:] = 0.5 * (noise[1:] + noise[:-1])
        out += np.float32(instrument.breath) * noise
    rise = min(length, max(1, int(instrument.attack * rate)))
    out[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    return out * np.float32(instrument.gain)


def _phase(
    instrument: Instrument, pitch: int, length: int, rate: int, bend: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Float64[length]: cycles of the fundamental since the tone began."""
    seconds = np.arange(length) / rate
    if bend is not None:
        return np.concatenate([[0.0], np.cumsum(frequency(pitch) * 2.0 ** (bend[:-1] / 12.0) / rate)])
    cycles = frequency(pitch) * seconds
    if instrument.vibrato:
        # the phase of a small sine modulation: its mean is zero, so the pitch stays true
        depth = instrument.vibrato / 1200.0 * np.log(2.0) * frequency(pitch) / (2 * np.pi * VIBRATO_RATE)
        onset = np.clip((seconds - 0.25) / 0.4, 0.0, 1.0)
        cycles = cycles + depth * onset * np.sin(2 * np.pi * VIBRATO_RATE * seconds)
    return cycles


def _layer(layer: Layer, instrument: Instrument, pitch: int, cycles: NDArray[np.float64], rate: int) -> Samples:
    highest = int(0.45 * rate / frequency(pitch))
    wave = _period(layer.partials, max(1, highest))
    if layer.detune:
        ratio = 2.0 ** (layer.detune / 1200.0)
        out = 0.5 * (_look_up(wave, cycles * ratio) + _look_up(wave, cycles / ratio))
    else:
        out = _look_up(wave, cycles)
    if layer.decay:
        seconds = layer.decay / 2.0 ** ((pitch - 60) / 12.0 * instrument.damping)
        out *= np.exp(np.arange(len(cycles), dtype=np.float32) * np.float32(-6.908 / (seconds * rate)))
    return out


def _look_up(wave: Samples, cycles: NDArray[np.float64]) -> Samples:
    """The wave at fractional cycles, by linear interpolation."""
    place = ((cycles - np.floor(cycles)) * TABLE).astype(np.float32)
    index = np.minimum(place.astype(np.int32), TABLE - 1)  # rounding may reach the end of the table
    share = place - index
    low = wave[index]
    return np.asarray(low + (wave[index + 1] - low) * share, np.float32)
