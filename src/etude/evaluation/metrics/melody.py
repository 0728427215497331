"""How the melody moves: its intervals, and what follows what.

Conventions
    The melody is the highest note at each onset, drums left out (Uitdenbogerd and Zobel, 1998). An interval is the
    semitones from one of its notes to the next. A step is one or two semitones, a leap more than five. NaN with
    fewer notes than the measure needs.

Metrics
    repeated_notes        share of the intervals that are unisons
    stepwise              share of the intervals that are steps
    leaps                 share of the intervals that are leaps
    mean_interval         mean size of the intervals in semitones
    interval_entropy      bits of the histogram of intervals
    transition_entropy    bits that remain of a note's pitch class once the pitch class before it is known
    turns                 share of the moves that go against the move before, unisons left out
    repeated_passages     share of the passages of five notes that came before in the piece, in any key and rhythm

Profiles
    interval_histogram        share of the intervals of each size, -12 .. 12, wider ones at the ends
    pitch_class_transitions   share of the pairs of notes by pitch class [before, after]
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import YANG, Axis, Metric, Numbers, Profile
from etude.evaluation.metrics.counting import conditional_entropy, entropy, mean, shares
from etude.evaluation.metrics.pitch import NAMES
from etude.score import Score, melody_intervals

STEP, LEAP = 2, 5  # semitones: at most, more than
PASSAGE = 4  # intervals: five notes
WIDEST = 12  # semitones: intervals beyond are counted with the octave


def repeated_notes(music: Analysis) -> float:
    """Share of the melody's intervals that are unisons; NaN with fewer than two notes."""
    return mean(music.intervals == 0)


def stepwise(music: Analysis) -> float:
    """Share of the melody's intervals of one or two semitones; NaN with fewer than two notes."""
    sizes = np.abs(music.intervals)
    return mean((sizes > 0) & (sizes <= STEP))


def leaps(music: Analysis) -> float:
    """Share of the melody's intervals wider than a fourth; NaN with fewer than two notes."""
    return mean(np.abs(music.intervals) > LEAP)


def mean_interval(music: Analysis) -> float:
    """Mean size of the melody's intervals in semitones; NaN with fewer than two notes."""
    return mean(np.abs(music.intervals))


def interval_entropy(music: Analysis) -> float:
    """Bits of the histogram of the melody's intervals; NaN with fewer than two notes."""
    return entropy(np.unique(music.intervals, return_counts=True)[1])


def transition_entropy(music: Analysis) -> float:
    """Bits of a pitch class given the one before, counted within the piece; NaN with fewer than two notes.

    The short the piece the lower: two notes are always foretold by their own counts.
    """
    return conditional_entropy(_transitions(music)) if len(music.intervals) else math.nan


def turns(music: Analysis) -> float:
    """Share of the moves that change direction; NaN with fewer than two moves."""
    moves = np.sign(music.intervals[music.intervals != 0])
    return mean(moves[1:] != moves[:-1])


def repeated_passages(music: Analysis) -> float:
    """Share of the melody's passages of five notes that came before, in any key; NaN with fewer than five notes."""
    return _came_before(music.intervals, PASSAGE)


def repeat_rate(score: Score, notes: int = 8) -> float:
    """Share of the melody's passages of so many notes that came before, in any key; NaN with fewer notes."""
    return _came_before(melody_intervals(score), notes - 1)


def _came_before(line: NDArray[np.int64], length: int) -> float:
    if len(line) < length:
        return math.nan
    passages = np.lib.stride_tricks.sliding_window_view(line, length)
    return 1.0 - len(np.unique(passages, axis=0)) / len(passages)


def interval_histogram(music: Analysis) -> Numbers:
    """Float64[25]: the share of the intervals from an octave down (or more) to an octave up (or more)."""
    clipped = np.clip(music.intervals, -WIDEST, WIDEST) + WIDEST
    return shares(np.bincount(clipped, minlength=2 * WIDEST + 1))


def pitch_class_transitions(music: Analysis) -> Numbers:
    """Float64[12, 12]: the share of the successions in the melody [before, after]."""
    return shares(_transitions(music))


def _transitions(music: Analysis) -> Numbers:
    classes = music.melody["pitch"].astype(np.int64) % 12
    return np.bincount(classes[:-1] * 12 + classes[1:], minlength=144).reshape(12, 12).astype(np.float64)


_OURS = "etude: counts in the highest voice"
_CONKLIN = "Conklin and Witten, Multiple viewpoint systems for music prediction (1995)"
_INTERVALS = tuple("unison" if size == 0 else f"{size:+d}" for size in range(-WIDEST, WIDEST + 1))

METRICS = (
    Metric("repeated_notes", "melody", "share", "near reference", YANG, repeated_notes),
    Metric("stepwise", "melody", "share", "near reference", _OURS, stepwise),
    Metric("leaps", "melody", "share", "near reference", _OURS, leaps),
    Metric("mean_interval", "melody", "semitones", "near reference", YANG, mean_interval),
    Metric("interval_entropy", "melody", "bits", "near reference", _CONKLIN, interval_entropy),
    Metric("transition_entropy", "melody", "bits", "near reference", _CONKLIN, transition_entropy),
    Metric("turns", "melody", "share", "near reference", _OURS, turns),
    Metric("repeated_passages", "melody", "share", "near reference", _OURS, repeated_passages),
)
PROFILES = (
    Profile("interval_histogram", "melody", "share", (Axis("semitones", _INTERVALS),), YANG, interval_histogram),
    Profile(
        "pitch_class_transitions",
        "melody",
        "share",
        (Axis("before", NAMES), Axis("after", NAMES)),
        YANG,
        pitch_class_transitions,
    ),
)
