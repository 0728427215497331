"""The built-in synthesiser: NumPy only, deterministic, pleasant enough to judge a tune by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.render.audio.drums import drum
from etude.render.audio.instruments import Instrument, instrument_for
from etude.render.audio.sounding import Sounding, bend_curve, sounding_notes, sounding_seconds
from etude.render.audio.tones import tone
from etude.score import Score

Samples = NDArray[np.float32]

TAIL = 2.0  # seconds of ringing kept after the last note
COMBS = (1557, 1617, 1491, 1422)  # samples at 44.1 kHz; lengths without common divisors (Schroeder 1962)
ROOM = 0.10  # share of reverberation


def synthesise(score: Score, rate: int) -> Samples:
    """Float32[N, 2]: the whole score with TAIL seconds of ringing; the same score gives the same samples."""
    length = int((sounding_seconds(score) + TAIL) * rate) + 1
    mix = np.zeros((length, 2), np.float32)
    players = _Players(score, rate)
    for note in sounding_notes(score):
        samples = players.play(note)
        start = round(note.start * rate)
        stop = min(length, start + len(samples))
        left, right = _pan(note, len(score.tracks))
        mix[start:stop, 0] += samples[: stop - start] * left
        mix[start:stop, 1] += samples[: stop - start] * right
    return _limited(_reverberated(mix, rate))


class _Players:
    """Makes note sounds; a tone once made is kept and cut to length for every later note of its pitch."""

    def __init__(self, score: Score, rate: int) -> None:
        self.rate = rate
        self.tones: dict[tuple[int, int], Samples] = {}
        self.bends = {track: bend_curve(score, track) for track in range(len(score.tracks))}

    def play(self, note: Sounding) -> Samples:
        # loudness in dB falls about linearly with velocity: 40 dB over the range
        level = np.float32(10.0 ** ((note.velocity - 127) / 127.0 * 1.7))
        if note.is_drum:
            return drum(note.pitch, self.rate) * level
        instrument = instrument_for(note.program)
        held = max(1, int((note.stop - note.start) * self.rate))
        fade = max(1, int(instrument.release * self.rate))
        samples = self._tone(instrument, note, held + fade)[: held + fade] * level
        samples[held:] *= np.linspace(1.0, 0.0, len(samples) - held, dtype=np.float32) ** 2
        return samples

    def _tone(self, instrument: Instrument, note: Sounding, length: int) -> Samples:
        seconds, semitones = self.bends[note.track]
        if len(seconds):
            when = note.start + np.arange(length) / self.rate
            row = np.searchsorted(seconds, when, side="right") - 1
            bend = np.where(row >= 0, semitones[np.maximum(row, 0)], 0.0)
            return tone(instrument, note.pitch, length, self.rate, bend)
        key = (id(instrument), note.pitch)
        if key not in self.tones or len(self.tones[key]) < length:
            # a little longer than asked, so that the next longer note finds it ready
            self.tones[key] = tone(instrument, note.pitch, length + self.rate // 2, self.rate)
        return self.tones[key]


def _pan(note: Sounding, tracks: int) -> tuple[np.float32, np.float32]:
    """Gains of left and right: tracks stand side by side, a single one is spread by pitch as at a keyboard."""
    if note.is_drum:
        place = 0.0
    elif tracks > 1:
        place = (note.track / (tracks - 1) - 0.5) * 0.8
    else:
        place = float(np.clip((note.pitch - 62) / 60.0, -0.35, 0.35))
    angle = (place + 1.0) * np.pi / 4
    return np.float32(np.cos(angle) * 1.2), np.float32(np.sin(angle) * 1.2)


def _reverberated(dry: Samples, rate: int) -> Samples:
    """`dry` (float32[N, 2]) in a small room: four feedback combs a side."""
    send = dry.mean(axis=1)
    out = dry.copy()
    for side in (0, 1):
        wet = np.zeros_like(send)
        for comb in COMBS:
            delay = (comb + 23 * side) * rate // 44100
            wet += _comb(send, delay, 0.001 ** (delay / rate / 0.9))
        out[:, side] += np.float32(ROOM) * wet
    return out


def _comb(signal: Samples, delay: int, feedback: float) -> Samples:
    """signal delayed, plus itself fed back: y[n] = x[n - delay] + feedback * y[n - delay], block by block."""
    blocks = -(-len(signal) // delay)
    padded = np.zeros((blocks, delay), np.float32)
    padded.reshape(-1)[: len(signal)] = signal
    out = np.zeros_like(padded)
    for row in range(1, blocks):
        out[row] = padded[row - 1] + np.float32(feedback) * out[row - 1]
    return out.reshape(-1)[: len(signal)]


def _limited(mix: Samples) -> Samples:
    """`mix` turned down as a whole where its peak would clip."""
    peak = float(np.abs(mix).max()) if len(mix) else 0.0
    return mix * np.float32(0.95 / peak) if peak > 0.95 else mix
