"""What a set of pieces is like, piece by piece: every measure as a number, every histogram as shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics import METRICS, PROFILES, Analysis, Metric, Profile
from etude.score import Score

Numbers = NDArray[np.float64]

HISTOGRAMS: tuple[Profile, ...] = tuple(one for one in PROFILES if one.fixed and one.unit == "share")


@dataclass(frozen=True, eq=False)
class Features:
    """P pieces in figures.

    metrics      name -> float64[P], NaN where a measure is not defined
    histograms   name -> float64[P, B], each row adding up to 1, or all NaN
    """

    pieces: int
    metrics: Mapping[str, Numbers]
    histograms: Mapping[str, Numbers]

    @classmethod
    def of(
        cls,
        scores: Iterable[Score],
        metrics: Sequence[Metric] = METRICS,
        histograms: Sequence[Profile] = HISTOGRAMS,
    ) -> Features:
        """The Features of `scores`, each analysed once."""
        rows, shares = [], []
        for music in map(Analysis, scores):
            rows.append([metric.measure(music) for metric in metrics])
            shares.append([_shares(one.measure(music)) for one in histograms])
        columns = np.array(rows, np.float64).reshape(len(rows), len(metrics)).T
        return cls(
            len(rows),
            {metric.name: column for metric, column in zip(metrics, columns)},
            {one.name: np.array([row[at] for row in shares]) for at, one in enumerate(histograms)},
        )

    def only(self, chosen: NDArray[np.int64]) -> Features:
        """The pieces numbered `chosen`, in that order."""
        return Features(
            len(chosen),
            {name: values[chosen] for name, values in self.metrics.items()},
            {name: rows[chosen] for name, rows in self.histograms.items()},
        )


def _shares(values: Numbers) -> Numbers:
    """Float64[B]: `values` laid out in a row and divided by their sum; NaN where that is none."""
    row = np.asarray(values, np.float64).ravel()
    total = row.sum()
    return row / total if total > 0 else np.full(len(row), np.nan)
