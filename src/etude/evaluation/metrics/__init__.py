"""Measures of a piece: numbers (METRICS) and vectors or matrices (PROFILES), on NumPy alone.

measure(scores)   -> {name: float64[S]}
profile(scores)   -> {name: [float64 array of each score]}

A file here is a family; a new measure is one function and one row at the end of its file. Functions take an
`Analysis`, which works out once what several of them need: `pitch_range(Analysis(score))`.
"""

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import Axis, Metric, Profile
from etude.evaluation.metrics.catalogue import METRICS, PROFILES, measure, profile
from etude.evaluation.metrics.melody import repeat_rate
from etude.evaluation.metrics.plugged import all_metrics

__all__ = [
    "METRICS",
    "PROFILES",
    "Analysis",
    "Axis",
    "Metric",
    "Profile",
    "all_metrics",
    "measure",
    "profile",
    "repeat_rate",
]
