"""A classifier that hears which composer, type or part of a collection music is like, by its measures alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from etude.score import Score

FEWEST = 10  # pieces of a class, to be told apart
RIDGE = 30.0


@dataclass(frozen=True)
class Classifier:
    """One logistic regression a class (one against the rest); the most certain one has it."""

    classes: tuple[str, ...]
    judges: tuple[Any, ...]

    @classmethod
    def fit(cls, columns: NDArray[np.float64], labels: Sequence[str]) -> Classifier | None:
        """Fitted to rows of `features`; None where fewer than two classes have FEWEST pieces."""
        from etude.evaluation.logistic import Logistic

        counts = Counter(labels)
        classes = tuple(sorted(name for name, count in counts.items() if count >= FEWEST))
        if len(classes) < 2:
            return None
        rows = np.isin(labels, classes)
        kept, named = columns[rows], np.array(labels)[rows]
        return cls(classes, tuple(Logistic.fit(kept, named == name, RIDGE) for name in classes))

    def of(self, columns: NDArray[np.float64]) -> list[str]:
        """The class of each row."""
        if not len(columns):
            return []
        best = np.argmax([judge.logits(columns) for judge in self.judges], axis=0)
        return [self.classes[number] for number in best]


def features(scores: Sequence[Score]) -> NDArray[np.float64]:
    """Float64[S, F]: every measure of each Score, and its histograms."""
    from etude.evaluation import Features

    found = Features.of(scores)
    histograms = [rows for rows in found.histograms.values() if rows.ndim == 2]
    return np.concatenate([np.stack(list(found.metrics.values()), axis=1), *histograms], axis=1)
