"""What a model would have said: accuracy of its first choice, and error of its median in seconds, field by field.

Conventions
    The model is stepped through pieces from their start and hears what really came. A limit bounds the number of
    steps: of pieces taken at even distances from the list, the first 200 steps each, until the limit is reached.
    Field values carry their own unit; only fields in seconds or quarters have an error in seconds.

Metrics
    accuracy      share of steps whose likeliest value is the true one
    mae_seconds   mean absolute distance between the median of the predicted distribution and the truth; the median
                  is the guess that makes it smallest. Values that stand for no time are left out on both sides
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END, Field
from etude.evaluation.likelihood import Likelihood
from etude.evaluation.protocols import Steps
from etude.stepper import Stepper

LIMIT = 2000  # steps in all
SHARE = 200  # steps of one piece


@dataclass(frozen=True)
class Predictions:
    """Field name -> figure, over `steps` steps; NaN where a field has no such figure."""

    accuracy_per_field: dict[str, float]
    mae_seconds_per_field: dict[str, float]
    steps: int

    def added_to(self, found: Likelihood) -> Likelihood:
        """`found` with these figures in it."""
        return replace(
            found,
            accuracy_per_field=self.accuracy_per_field,
            mae_seconds_per_field=self.mae_seconds_per_field,
        )


def predictions(
    stepper: Stepper,
    pieces: Sequence[Steps],
    fields: Sequence[Field],
    *,
    limit: int = LIMIT,
    seconds_per_quarter: float = 0.5,
) -> Predictions:
    """The Predictions of `stepper` for at most `limit` steps of `pieces` (int32[T, K] each)."""
    scales = [_seconds(field, seconds_per_quarter) for field in fields]
    hits: list[list[float]] = [[] for _ in fields]
    errors: list[list[float]] = [[] for _ in fields]
    available = sum(min(len(piece) - 1, SHARE) for piece in pieces)
    steps = 0
    for piece in pieces[:: max(1, available // limit)]:
        state = stepper.feed(stepper.start(), piece[:1])
        for step in piece[1 : 1 + min(SHARE, limit - steps)]:
            if step[0] != BEGIN:
                steps += 1
                for k, logits in enumerate(_field_logits(stepper, state, step)):
                    hits[k].append(float(int(np.argmax(logits)) == step[k]))
                    scale = scales[k]
                    if scale is not None and step[0] != END:
                        errors[k].append(_error(logits, scale, int(step[k])))
            state = stepper.feed(state, step[None])
    names = [field.name for field in fields]
    timed = {name: _mean(found) for name, found, known in zip(names, errors, scales) if known is not None}
    return Predictions(dict(zip(names, map(_mean, hits))), timed, steps)


def _field_logits(stepper: Stepper, state: object, step: NDArray[np.int32]) -> list[NDArray[np.float32]]:
    chosen = [int(value) for value in step]
    return [stepper.logits(state, chosen[:k]) for k in range(len(chosen))]


def _seconds(field: Field, seconds_per_quarter: float) -> NDArray[np.float64] | None:
    """Float64[V]: seconds that each value of the field stands for, or None for a field of no time."""
    if field.values is None or field.unit not in ("seconds", "quarters"):
        return None
    return np.asarray(field.values) * (1.0 if field.unit == "seconds" else seconds_per_quarter)


def _error(logits: NDArray[np.float32], scale: NDArray[np.float64], true: int) -> float:
    """Seconds between the median of the predicted times and the true one; NaN if that is none."""
    timed = np.flatnonzero(~np.isnan(scale))
    timed = timed[np.argsort(scale[timed], kind="stable")]
    weights = np.exp(logits[timed].astype(np.float64) - logits[timed].max())
    middle = np.searchsorted(np.cumsum(weights), weights.sum() / 2)
    return float(abs(scale[timed[min(middle, len(timed) - 1)]] - scale[true]))


def _mean(found: list[float]) -> float:
    there = [value for value in found if not math.isnan(value)]
    return float(np.mean(there)) if there else math.nan
