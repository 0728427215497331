"""The built-in instruments as a table: which partials, how they decay, how a note begins and ends.

Amplitudes are chosen by ear and by spectrum; a layer is a group of partials that decay together, so a tone
darkens as it rings, as struck and plucked strings do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """Partials that share one decay: amplitude by partial number, and seconds to fall by 60 dB at middle C."""

    partials: tuple[tuple[int, float], ...]
    decay: float  # 0 = sustained for as long as the note is held
    detune: float = 0.0  # cents, sounded above and below so that the pitch stays true


@dataclass(frozen=True)
class Instrument:
    """How one kind of instrument sounds."""

    layers: tuple[Layer, ...]
    attack: float  # seconds to full level
    release: float  # seconds to silence after the note ends
    gain: float
    vibrato: float = 0.0  # cents, at 5.2 Hz, setting in after a quarter of a second
    breath: float = 0.0  # share of noise
    damping: float = 1.0  # how much shorter high notes ring: decay is divided by 2 ** (octaves * damping)


def _rolloff(first: int, last: int, power: float, scale: float = 1.0) -> tuple[tuple[int, float], ...]:
    return tuple((n, scale / n**power) for n in range(first, last + 1))


def _plucked(first: int, last: int, power: float, position: float) -> tuple[tuple[int, float], ...]:
    """Partials of a string plucked at `position` of its length: those with a node there are missing."""
    from math import pi, sin

    return tuple((n, abs(sin(pi * n * position)) / n**power) for n in range(first, last + 1))


PIANO = Instrument(
    layers=(
        Layer(((1, 1.0), (2, 0.5)), 9.0, detune=0.5),
        Layer(((3, 0.32), (4, 0.2), (5, 0.12)), 4.0),
        Layer(_rolloff(6, 12, 1.5, 0.9), 1.3),
        Layer(_rolloff(13, 22, 1.3, 0.5), 0.3),
    ),
    attack=0.003,
    release=0.12,
    gain=0.34,
    damping=0.75,
)
PLUCKED = Instrument(
    layers=(
        Layer(_plucked(1, 2, 1.0, 0.22), 5.0),
        Layer(_plucked(3, 7, 1.1, 0.22), 2.0),
        Layer(_plucked(8, 20, 1.1, 0.22), 0.5),
    ),
    attack=0.002,
    release=0.08,
    gain=0.42,
    damping=0.7,
)
BELL = Instrument(
    layers=(Layer(((1, 1.0),), 4.0), Layer(((4, 0.35),), 1.0), Layer(((10, 0.12),), 0.25)),
    attack=0.002,
    release=0.3,
    gain=0.36,
    damping=0.6,
)
ORGAN = Instrument(
    layers=(Layer(((1, 0.8), (2, 0.7), (3, 0.35), (4, 0.4), (6, 0.16), (8, 0.14)), 0.0, detune=0.6),),
    attack=0.02,
    release=0.09,
    gain=0.16,
)
STRINGS = Instrument(
    layers=(Layer(_rolloff(1, 14, 1.25), 0.0, detune=4.0), Layer(_rolloff(1, 6, 1.6, 0.5), 0.0)),
    attack=0.09,
    release=0.22,
    gain=0.17,
    vibrato=6.0,
)
BRASS = Instrument(
    layers=(Layer(((1, 0.7), (2, 0.8), (3, 0.7), (4, 0.5), (5, 0.35), (6, 0.22), (7, 0.12)), 0.0),),
    attack=0.035,
    release=0.1,
    gain=0.15,
    vibrato=3.0,
)
FLUTE = Instrument(
    layers=(Layer(((1, 1.0), (2, 0.28), (3, 0.1), (4, 0.03)), 0.0),),
    attack=0.05,
    release=0.1,
    gain=0.3,
    vibrato=7.0,
    breath=0.012,
)

# General MIDI programs by family of eight
FAMILIES = (
    *(PIANO, BELL, ORGAN, PLUCKED, PLUCKED, STRINGS, STRINGS, BRASS),
    *(FLUTE, FLUTE, ORGAN, STRINGS, BELL, PLUCKED, BELL, FLUTE),
)


def instrument_for(program: int) -> Instrument:
    """The built-in instrument that stands for a General MIDI program (0-127)."""
    return FAMILIES[program // 8 % len(FAMILIES)]
