"""How loudness moves in a piece: whether a performance breathes, or is typed.

Conventions
    Velocities 1..127 of the notes of a Score by onset, then pitch; drums are left out unless there is nothing else.
    A measure that is not defined (too few notes, no spread to correlate) is NaN, never 0.

Metrics
    loudness         mean velocity
    loudness_spread  standard deviation of velocity within the piece
    loudness_step    mean absolute difference between successive notes
    loudness_memory  correlation of successive velocities: near 0 where each note is loud or soft by itself
    loudness_swell   standard deviation of the mean velocities of groups of 16 notes: the contour of phrases
    loudness_height  correlation of velocity with pitch: above 0 where what is high is brought out

Profiles
    loudness_contour mean velocity of each 16th of the notes, less the mean of the piece
"""

from __future__ import annotations

import math

import numpy as np

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import Axis, Metric, Numbers, Profile
from etude.evaluation.metrics.counting import correlation, mean, spread

GROUP = 16  # notes of a phrase, so to speak
PARTS = 16  # of the piece, along which its loudness is drawn


def loudness(music: Analysis) -> float:
    """The mean velocity; NaN without notes."""
    return mean(_velocities(music))


def loudness_spread(music: Analysis) -> float:
    """The standard deviation of velocity; NaN with fewer than two notes."""
    return spread(_velocities(music))


def loudness_step(music: Analysis) -> float:
    """The mean absolute difference between successive velocities; NaN with fewer than two notes."""
    return mean(np.abs(np.diff(_velocities(music))))


def loudness_memory(music: Analysis) -> float:
    """The correlation of each velocity with the next one; NaN where either does not vary."""
    velocities = _velocities(music)
    return correlation(velocities[:-1], velocities[1:])


def loudness_swell(music: Analysis) -> float:
    """The standard deviation of the means of groups of GROUP notes; NaN with fewer than two groups."""
    velocities = _velocities(music)
    groups = len(velocities) // GROUP
    if groups < 2:
        return math.nan
    return float(velocities[: groups * GROUP].reshape(groups, GROUP).mean(axis=1).std())


def loudness_height(music: Analysis) -> float:
    """The correlation of velocity with pitch; NaN where either does not vary and for drums."""
    return correlation(music.pitched["velocity"].astype(np.float64), music.pitched["pitch"].astype(np.float64))


def loudness_contour(music: Analysis) -> Numbers:
    """Float64[16]: how much louder each 16th of the notes is than the piece; all NaN with fewer than 16 notes."""
    velocities = _velocities(music)
    if len(velocities) < PARTS:
        return np.full(PARTS, math.nan)
    parts = np.array_split(velocities, PARTS)
    return np.array([float(part.mean()) for part in parts]) - float(velocities.mean())


def _velocities(music: Analysis) -> Numbers:
    """Float64[N]: the velocities of the notes in score order."""
    notes = music.pitched if len(music.pitched) else music.drums
    return np.asarray(notes["velocity"], np.float64)


_SOURCE = "etude: plain moments of MIDI velocity"

METRICS = (
    Metric("loudness", "dynamics", "velocity", "near reference", _SOURCE, loudness),
    Metric("loudness_spread", "dynamics", "velocity", "near reference", _SOURCE, loudness_spread),
    Metric("loudness_step", "dynamics", "velocity", "near reference", _SOURCE, loudness_step),
    Metric("loudness_memory", "dynamics", "correlation", "near reference", _SOURCE, loudness_memory),
    Metric("loudness_swell", "dynamics", "velocity", "near reference", _SOURCE, loudness_swell),
    Metric("loudness_height", "dynamics", "correlation", "near reference", _SOURCE, loudness_height),
)
PROFILES = (
    Profile(
        "loudness_contour",
        "dynamics",
        "velocity",
        (Axis("16th of the piece", tuple(map(str, range(PARTS)))),),
        _SOURCE,
        loudness_contour,
    ),
)
