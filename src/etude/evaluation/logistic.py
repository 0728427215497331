"""Logistic regression on a few columns: a judge that knows measures alone, and the scale of another judge.

Source: iteratively reweighted least squares, McCullagh and Nelder, "Generalized linear models" (1989); as a scale
of a judge's logits, Platt (1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]  # [N, F]
ROUNDS = 30
WIDEST = 5.0  # standard deviations: what lies further out is taken to lie there


@dataclass(frozen=True)
class Logistic:
    """p = sigmoid(standardised columns * weights + bias); a NaN counts as the column's mean, and as a NaN."""

    middle: NDArray[np.float64]  # [F]
    spread: NDArray[np.float64]  # [F]
    weights: NDArray[np.float64]  # [2 F + 1]: values, which are NaN, bias

    @classmethod
    def fit(cls, columns: Matrix, labels: NDArray[np.bool_], ridge: float = 1.0) -> Logistic:
        """Fitted to rows of which `labels` are true; both classes weigh the same, `ridge` draws weights to 0."""
        known = ~np.isnan(columns)
        count = np.maximum(known.sum(axis=0), 1)
        middle = np.where(known, columns, 0.0).sum(axis=0) / count
        spread = np.sqrt(np.where(known, (columns - middle) ** 2, 0.0).sum(axis=0) / count)
        one = cls(middle, np.where(spread > 0, spread, 1.0), np.zeros(2 * columns.shape[1] + 1))
        return cls(one.middle, one.spread, _solved(one._prepared(columns), labels, ridge))

    def _prepared(self, columns: Matrix) -> Matrix:
        """Float64[N, 2 F + 1]."""
        missing = np.isnan(columns)
        values = np.where(missing, 0.0, np.clip((columns - self.middle) / self.spread, -WIDEST, WIDEST))
        return np.concatenate([values, missing, np.ones((len(columns), 1))], axis=1)

    def logits(self, columns: Matrix) -> NDArray[np.float64]:
        """Float64[N]."""
        return np.asarray(self._prepared(columns) @ self.weights)

    def chances(self, columns: Matrix) -> NDArray[np.float64]:
        """Float64[N]: the chance that each row's label is true."""
        return sigmoid(self.logits(columns))


def _solved(rows: Matrix, labels: NDArray[np.bool_], ridge: float) -> NDArray[np.float64]:
    share = float(np.clip(labels.mean(), 1e-9, 1 - 1e-9))
    weigh = np.where(labels, 0.5 / share, 0.5 / (1 - share))
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 1e-9  # the bias is free
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        chances = sigmoid(rows @ weights)
        slope = rows.T @ (weigh * (labels - chances)) - penalty * weights
        curve = (rows * (weigh * np.maximum(chances * (1 - chances), 1e-6))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return weights


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-logits)), without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))
