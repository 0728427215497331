"""Which pitches a piece uses, and how much they belong to one key.

Conventions
    Notes as written, each counted once however long it lasts, but for the key, where longer notes count for more.
    Drums have no pitch. A pitch class is a pitch without its octave: 0 = C .. 11 = B. NaN without pitched notes.

Metrics
    pitches               how many different pitches
    pitch_classes         how many different pitch classes
    pitch_range           semitones from the lowest to the highest note
    pitch_entropy         bits of the histogram of pitches; 0 .. 7
    pitch_class_entropy   bits of the histogram of pitch classes; 0 .. log2(12)
    scale_consistency     share of the notes in that major or natural minor scale that holds the most of them
    key_clarity           the best correlation of what is held with the profile of a key; 1 is as clear as it gets

Profiles
    pitch_histogram       share of the notes on each MIDI pitch
    pitch_class_histogram share of the notes on each pitch class
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import MUSPY, YANG, Axis, Metric, Numbers, Profile
from etude.evaluation.metrics.counting import entropy, shares
from etude.score import key_fits

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
PITCH_CLASS = Axis("pitch class", NAMES)

_SCALES = np.array(
    [
        np.roll(np.isin(np.arange(12), steps), tonic)
        for steps in ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
        for tonic in range(12)
    ]
)


@dataclass(frozen=True)
class Key:
    """The key that fits best: its tonic as a pitch class, whether it is minor, and the correlation."""

    tonic: int
    minor: bool
    clarity: float  # -1 .. 1


def pitches(music: Analysis) -> float:
    """The number of different pitches; NaN without pitched notes."""
    return float(len(np.unique(music.pitches))) or math.nan


def pitch_classes(music: Analysis) -> float:
    """The number of different pitch classes, 1 to 12; NaN without pitched notes."""
    return float(len(np.unique(music.pitches % 12))) or math.nan


def pitch_range(music: Analysis) -> float:
    """Semitones between the lowest and the highest note; NaN without pitched notes."""
    return float(music.pitches.max() - music.pitches.min()) if len(music.pitches) else math.nan


def pitch_entropy(music: Analysis) -> float:
    """Bits of the histogram of the 128 pitches; NaN without pitched notes."""
    return entropy(np.bincount(music.pitches, minlength=128))


def pitch_class_entropy(music: Analysis) -> float:
    """Bits of the histogram of the twelve pitch classes; NaN without pitched notes."""
    return entropy(np.bincount(music.pitches % 12, minlength=12))


def scale_consistency(music: Analysis) -> float:
    """The largest share of the notes that one major or natural minor scale holds; NaN without pitched notes."""
    counts = np.bincount(music.pitches % 12, minlength=12)
    return float((_SCALES @ counts).max() / counts.sum()) if counts.any() else math.nan


def key(music: Analysis) -> Key | None:
    """The key whose profile correlates best with what is held; None where all or no classes are held alike.

    Source: Krumhansl, "Cognitive foundations of musical pitch" (1990), with the profiles of Krumhansl and Kessler.
    """
    fits = key_fits(music.held)
    if fits is None:
        return None
    best = int(fits.argmax())
    return Key(best % 12, best >= 12, float(fits[best]))


def key_clarity(music: Analysis) -> float:
    """The correlation of `key`; NaN where there is none."""
    found = music.once(key)
    return found.clarity if found else math.nan


def pitch_histogram(music: Analysis) -> Numbers:
    """Float64[128]: the share of the notes on each pitch."""
    return shares(np.bincount(music.pitches, minlength=128))


def pitch_class_histogram(music: Analysis) -> Numbers:
    """Float64[12]: the share of the notes on each pitch class."""
    return shares(np.bincount(music.pitches % 12, minlength=12))


_MOGREN = "Mogren, C-RNN-GAN (2016), as in MusPy"
_KRUMHANSL = "Krumhansl, Cognitive foundations of musical pitch (1990)"

METRICS = (
    Metric("pitches", "pitch", "pitches", "near reference", MUSPY, pitches),
    Metric("pitch_classes", "pitch", "pitch classes", "near reference", MUSPY, pitch_classes),
    Metric("pitch_range", "pitch", "semitones", "near reference", MUSPY, pitch_range),
    Metric("pitch_entropy", "pitch", "bits", "near reference", MUSPY, pitch_entropy),
    Metric("pitch_class_entropy", "pitch", "bits", "near reference", MUSPY, pitch_class_entropy),
    Metric("scale_consistency", "pitch", "share", "high", _MOGREN, scale_consistency),
    Metric("key_clarity", "pitch", "correlation", "high", _KRUMHANSL, key_clarity),
)
PROFILES = (
    Profile(
        "pitch_histogram", "pitch", "share", (Axis("pitch", tuple(map(str, range(128)))),), YANG, pitch_histogram
    ),
    Profile("pitch_class_histogram", "pitch", "share", (PITCH_CLASS,), YANG, pitch_class_histogram),
)
