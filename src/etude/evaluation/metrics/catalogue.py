"""All measures in one table, and what they say of scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics import (
    bars,
    dynamics,
    expression,
    melody,
    pitch,
    rhythm,
    similarity,
    structure,
    texture,
    voices,
)
from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import Metric, Profile
from etude.score import Score

METRICS: tuple[Metric, ...] = (
    *texture.METRICS,
    *pitch.METRICS,
    *melody.METRICS,
    *rhythm.METRICS,
    *bars.METRICS,
    *structure.METRICS,
    *dynamics.METRICS,
    *expression.METRICS,
    *voices.METRICS,
)
PROFILES: tuple[Profile, ...] = (
    *pitch.PROFILES,
    *melody.PROFILES,
    *rhythm.PROFILES,
    *similarity.PROFILES,
    *dynamics.PROFILES,
)


def measure(scores: Iterable[Score], metrics: Sequence[Metric] = METRICS) -> dict[str, NDArray[np.float64]]:
    """Metric name -> float64[S], one value for each Score, NaN where the metric is not defined for it."""
    rows = [[metric.measure(music) for metric in metrics] for music in map(Analysis, scores)]
    columns = np.array(rows, np.float64).reshape(len(rows), len(metrics)).T
    return {metric.name: column for metric, column in zip(metrics, columns)}


def profile(
    scores: Iterable[Score], profiles: Sequence[Profile] = PROFILES
) -> dict[str, list[NDArray[np.float64]]]:
    """Profile name -> one float64 array for each Score, with a dimension for each axis of the Profile.

    Where a Profile is `fixed` all have the same shape, and one that is not defined is all NaN; one that is as long
    as the piece is empty there.
    """
    rows = [[one.measure(music) for one in profiles] for music in map(Analysis, scores)]
    return {one.name: [row[number] for row in rows] for number, one in enumerate(profiles)}
