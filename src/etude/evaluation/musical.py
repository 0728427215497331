"""Plain musical measures of a Score, to see at a glance whether generated music is music at all.

Conventions
    A Score's notes as written (repeats are not played out); times in ticks, a quarter has `Score.tpq`. Drums are
    left out of everything that speaks of pitch. A measure that is not defined for a Score (no notes, say) is NaN,
    never 0.

Metrics
    notes                 how many notes there are
    notes_per_bar         notes / bars
    pitch_range           semitones from the lowest to the highest note
    pitches               how many different pitches
    pitch_class_entropy   bits of the pitch-class histogram weighted by duration; 0 .. log2(12)
    repeated_notes        share of melodic intervals that are unisons
    valid_bars            share of bars into whose line no note of the bar runs over
    mean_interval         mean absolute interval between successive notes, in semitones
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, bar_starts, melody_intervals
from etude.score.tables import Table


@dataclass(frozen=True)
class Metric:
    """One measure of a Score: its name, unit, which way is better, who defined it, and the function."""

    name: str
    unit: str
    better: Literal["high", "low", "near reference"]
    source: str
    measure: Callable[[Score], float]  # NaN where it is not defined


def pitched(score: Score) -> Table:
    """The notes that are not drums."""
    drums = np.array([track.is_drum for track in score.tracks], np.bool_)
    return np.asarray(score.notes[~drums[score.notes["track"]]])


def notes(score: Score) -> float:
    """The number of notes."""
    return float(len(score))


def notes_per_bar(score: Score) -> float:
    """Notes per bar; NaN without notes."""
    return len(score) / (len(bar_starts(score)) - 1) if len(score) else math.nan


def pitch_range(score: Score) -> float:
    """Semitones between the lowest and the highest note; NaN without pitched notes."""
    pitches = pitched(score)["pitch"].astype(np.int64)
    return float(pitches.max() - pitches.min()) if len(pitches) else math.nan


def pitches(score: Score) -> float:
    """The number of different pitches; NaN without pitched notes."""
    found = np.unique(pitched(score)["pitch"])
    return float(len(found)) if len(found) else math.nan


def pitch_class_entropy(score: Score) -> float:
    """Bits of the duration-weighted histogram of the twelve pitch classes; NaN when nothing lasts."""
    found = pitched(score)
    held = np.bincount(found["pitch"] % 12, weights=found["duration"].astype(np.float64), minlength=12)
    if not held.sum():
        return math.nan
    shares = held[held > 0] / held.sum()
    return float(max(0.0, -(shares * np.log2(shares)).sum()))


def repeated_notes(score: Score) -> float:
    """Share of the intervals of the highest voice that are unisons; NaN with fewer than two notes."""
    intervals = melody_intervals(score)
    return float((intervals == 0).mean()) if len(intervals) else math.nan


def mean_interval(score: Score) -> float:
    """Mean size of the intervals of the highest voice in semitones; NaN with fewer than two notes."""
    intervals = melody_intervals(score)
    return float(np.abs(intervals).mean()) if len(intervals) else math.nan


def valid_bars(score: Score) -> float:
    """Share of the bars in which notes begin whose notes all end by the bar line; NaN without notes.

    A written tie over the bar line is one long note here and counts as running over.
    """
    if not len(score):
        return math.nan
    starts = bar_starts(score)
    onsets = score.notes["onset"].astype(np.int64)
    bar = np.clip(np.searchsorted(starts, onsets, side="right") - 1, 0, len(starts) - 2)
    over = onsets + score.notes["duration"] > starts[bar + 1]
    used = np.unique(bar)
    return 1.0 - len(np.unique(bar[over])) / len(used)


_MUSPY = "Dong et al., MusPy: a toolkit for symbolic music generation (ISMIR 2020)"
_YANG = "Yang and Lerch, On the evaluation of generative models in music (2020)"

METRICS: tuple[Metric, ...] = (
    Metric("notes", "notes", "near reference", _YANG, notes),
    Metric("notes_per_bar", "notes", "near reference", _YANG, notes_per_bar),
    Metric("pitch_range", "semitones", "near reference", _YANG, pitch_range),
    Metric("pitches", "pitches", "near reference", _MUSPY, pitches),
    Metric("pitch_class_entropy", "bits", "near reference", _MUSPY, pitch_class_entropy),
    Metric("repeated_notes", "share", "near reference", _YANG, repeated_notes),
    Metric("mean_interval", "semitones", "near reference", _YANG, mean_interval),
    Metric("valid_bars", "share", "high", "etude: bars as the meter map gives them", valid_bars),
)


def measure(scores: Iterable[Score], metrics: Sequence[Metric] = METRICS) -> dict[str, NDArray[np.float64]]:
    """Metric name -> float64[S], one value for each Score, NaN where the metric is not defined for it."""
    kept = list(scores)
    return {metric.name: np.array([metric.measure(score) for score in kept], np.float64) for metric in metrics}
