"""The measures of plugins beside etude's own: what `etude measure` and `etude evaluate` show.

Studies, critics and distances between sets keep to METRICS: their figures must not hang on what else is installed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

from etude import registry
from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import Metric
from etude.evaluation.metrics.catalogue import METRICS

NAMES = frozenset(metric.name for metric in METRICS)


@cache
def all_metrics() -> tuple[Metric, ...]:
    """METRICS and the Metric of every plugin, under the name of its entry point; warns of those that are none."""
    found = []
    for plugin, metric in registry.loaded("metrics", NAMES).items():
        if isinstance(metric, Metric):
            found.append(_careful(replace(metric, name=plugin.name), plugin))
        else:
            registry.left_out(f"{plugin} is left out: it is no etude.evaluation.Metric but {type(metric)}.")
    return (*METRICS, *found)


def _careful(metric: Metric, plugin: registry.Plugin) -> Metric:
    """The same, NaN for a piece on which its function fails or gives no number; warns of the first one."""
    failed: list[str] = []

    def measure(music: Analysis) -> float:
        try:
            value: Any = metric.measure(music)
            return float(value)
        except Exception as error:
            if not failed:
                failed.append(metric.name)
                why = f"{type(error).__name__}: {error}"
                registry.left_out(f"{plugin} fails and says nothing of the piece: {why}.")
            return math.nan

    return replace(metric, measure=measure)
