"""Likelihoods beside each other: rows of a table, and whether a difference is more than chance.

Conventions
    Differences are in nats per step, or in bits for each note or second where the steps are not the same; negative
    means the first model is better. Pieces are what is drawn again in the bootstrap, both models on the same draw,
    so what makes a piece hard for both cancels out.
    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), percentile interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.errors import UsageError
from etude.evaluation.likelihood import Likelihood

DRAWS = 2000


@dataclass(frozen=True)
class Difference:
    """First minus second in nats per step, or bits for a unit, with interval and standard error over pieces."""

    value: float
    low: float
    high: float
    standard_error: float
    confidence: float

    @property
    def verdict(self) -> str:
        """ "better", "worse" or, when the interval holds zero, "no evidence"."""
        if self.low <= 0 <= self.high or math.isnan(self.low):
            return "no evidence"
        return "better" if self.high < 0 else "worse"


@dataclass(frozen=True)
class Row:
    """One line of the table: a model beside the first one."""

    name: str
    nats_per_step: float
    standard_error: float
    perplexity: float
    bits_per_note: float
    protocol: str
    difference: Difference | None  # to the first row; None for that row, and where pieces cannot be paired


def paired(first: Likelihood, second: Likelihood, *, confidence: float = 0.95, seed: int = 0) -> Difference:
    """The Difference of two models on the same pieces under the same protocol.

    Raises UsageError when the pieces are not the same ones.
    """
    if not _same_pieces(first, second):
        raise UsageError(
            "Two models can be compared piece by piece only on the same pieces under the same protocol; "
            f"these are {len(first.counts)} ({first.protocol}) and {len(second.counts)} ({second.protocol})."
        )
    return _drawn_again(first.totals - second.totals, first.counts.astype(np.float64), confidence, seed)


def paired_bits(
    first: Likelihood, second: Likelihood, amounts: ArrayLike, *, confidence: float = 0.95, seed: int = 0
) -> Difference:
    """The Difference in bits for each unit of `amounts` (a number a piece), whatever encodings the models have.

    Raises UsageError when there are not as many pieces on both sides: the i-th must be the same music.
    """
    weights = np.asarray(amounts, np.float64)
    if not len(first.totals) == len(second.totals) == len(weights) or first.protocol != second.protocol:
        raise UsageError(
            "Two models can be compared only on the same pieces under the same protocol; these are "
            f"{len(first.totals)} ({first.protocol}) and {len(second.totals)} ({second.protocol})."
        )
    return _drawn_again((first.totals - second.totals) / math.log(2), weights, confidence, seed)


def _drawn_again(
    gaps: NDArray[np.float64], weights: NDArray[np.float64], confidence: float, seed: int
) -> Difference:
    """All gaps over all weights, with the interval of drawing the pieces again."""
    value = float(gaps.sum() / weights.sum())
    if len(gaps) < 2:
        return Difference(value, math.nan, math.nan, math.nan, confidence)
    random = np.random.default_rng(seed)
    draws = np.empty(DRAWS)
    for number in range(DRAWS):
        chosen = random.integers(0, len(gaps), len(gaps))
        draws[number] = gaps[chosen].sum() / max(1e-9, weights[chosen].sum())
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Difference(value, float(low), float(high), float(draws.std(ddof=1)), confidence)


def table(likelihoods: Mapping[str, Likelihood]) -> list[Row]:
    """A Row for each of `likelihoods` (name -> Likelihood), each beside the first."""
    rows: list[Row] = []
    reference: Likelihood | None = None
    for name, found in likelihoods.items():
        rows.append(
            Row(
                name=name,
                nats_per_step=found.nats_per_step,
                standard_error=found.standard_error,
                perplexity=found.perplexity,
                bits_per_note=found.bits_per_note,
                protocol=found.protocol,
                difference=paired(found, reference) if reference and _same_pieces(found, reference) else None,
            )
        )
        reference = reference or found
    return rows


def _same_pieces(first: Likelihood, second: Likelihood) -> bool:
    return first.protocol == second.protocol and np.array_equal(first.counts, second.counts)
