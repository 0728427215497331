"""How loudness moves in a piece: whether a performance breathes, or is typed.

Conventions
    Velocities 1..127 of the notes of a Score by onset, then pitch; drums are left out. A measure that is not
    defined (too few notes, no spread to correlate) is NaN, never 0.

Metrics
    loudness         mean velocity
    loudness_spread  standard deviation of velocity within the piece
    loudness_step    mean absolute difference between successive notes
    loudness_memory  correlation of successive velocities: near 0 where each note is loud or soft by itself
    loudness_swell   standard deviation of the mean velocities of groups of 16 notes: the contour of phrases
    loudness_height  correlation of velocity with pitch: above 0 where what is high is brought out
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.musical import Metric, pitched
from etude.score import Score

GROUP = 16  # notes of a phrase, so to speak


def loudness(score: Score) -> float:
    """The mean velocity; NaN without notes."""
    velocities = _velocities(score)
    return float(velocities.mean()) if len(velocities) else math.nan


def loudness_spread(score: Score) -> float:
    """The standard deviation of velocity; NaN with fewer than two notes."""
    velocities = _velocities(score)
    return float(velocities.std()) if len(velocities) > 1 else math.nan


def loudness_step(score: Score) -> float:
    """The mean absolute difference between successive velocities; NaN with fewer than two notes."""
    velocities = _velocities(score)
    return float(np.abs(np.diff(velocities)).mean()) if len(velocities) > 1 else math.nan


def loudness_memory(score: Score) -> float:
    """The correlation of each velocity with the next one; NaN where either does not vary."""
    velocities = _velocities(score)
    return _correlation(velocities[:-1], velocities[1:])


def loudness_swell(score: Score) -> float:
    """The standard deviation of the means of groups of GROUP notes; NaN with fewer than two groups."""
    velocities = _velocities(score)
    groups = len(velocities) // GROUP
    if groups < 2:
        return math.nan
    return float(velocities[: groups * GROUP].reshape(groups, GROUP).mean(axis=1).std())


def loudness_height(score: Score) -> float:
    """The correlation of velocity with pitch; NaN where either does not vary."""
    return _correlation(_velocities(score), pitched(score)["pitch"].astype(np.float64))


def _velocities(score: Score) -> NDArray[np.float64]:
    """Float64[N]: the velocities of the notes that are not drums, in score order."""
    return np.asarray(pitched(score)["velocity"], np.float64)


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if len(first) < 2 or not first.std() or not second.std():
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


_SOURCE = "etude: plain moments of MIDI velocity"

DYNAMICS: tuple[Metric, ...] = (
    Metric("loudness", "velocity", "near reference", _SOURCE, loudness),
    Metric("loudness_spread", "velocity", "near reference", _SOURCE, loudness_spread),
    Metric("loudness_step", "velocity", "near reference", _SOURCE, loudness_step),
    Metric("loudness_memory", "correlation", "near reference", _SOURCE, loudness_memory),
    Metric("loudness_swell", "velocity", "near reference", _SOURCE, loudness_swell),
    Metric("loudness_height", "correlation", "near reference", _SOURCE, loudness_height),
)
