"""Measures of a person's files, beside those of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, Reason
from etude.score import Score

RESAMPLES = 1000


@dataclass(frozen=True)
class Measured:
    """Name -> mean over the pieces with a 95 % bootstrap interval, and the mean of the reference."""

    metrics: dict[str, dict[str, float | None]]
    units: dict[str, str]
    pieces: int
    refused: list[str]


def measure_files(paths: Sequence[Path], against: str | None = None) -> Measured:
    """The measures of every tune in `paths` (files or folders). Raises BadInput when none could be read."""
    from etude.evaluation import METRICS, measure

    scores, refused = _read(paths)
    if not scores:
        raise BadInput("Nothing could be read. " + " ".join(refused), Reason.UNREADABLE)
    values = measure(scores)
    reference = measure(_reference(against)) if against else {}
    metrics = {
        name: {**_interval(column), "reference": _mean(reference[name]) if against else None}
        for name, column in values.items()
    }
    return Measured(metrics, {metric.name: metric.unit for metric in METRICS}, len(scores), refused)


def _read(paths: Sequence[Path]) -> tuple[list[Score], list[str]]:
    from etude.formats import read_safely

    scores, refused = [], []
    for found in read_safely(given_files(paths)):
        for reading in found.readings:
            if reading.score is not None:
                scores.append(reading.score)
            else:
                refused.append(f"{found.path}: {reading.reason}: {reading.detail}")
    return scores, refused


def given_files(paths: Sequence[Path]) -> list[Path]:
    """The files a person means by `paths`, folders with all inside. Raises BadInput when there is none."""
    from etude.data.reading import find_all

    files = [path for _, path in find_all(paths)]
    if not files:
        raise BadInput(f"There is no file in {', '.join(map(str, paths))}. Name one with music.", Reason.EMPTY)
    return files


def _reference(name: str) -> list[Score]:
    from etude.data import Collection

    return [piece.score for piece in Collection.open(name).pieces()]


def _interval(column: NDArray[np.float64]) -> dict[str, float | None]:
    known = column[~np.isnan(column)]
    if not len(known):
        return {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    draws = np.random.default_rng(0).choice(known, (RESAMPLES, len(known))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": float(known.mean()), "low": float(low), "high": float(high)}


def _mean(column: NDArray[np.float64]) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else float("nan")
