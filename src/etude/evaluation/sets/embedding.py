"""A piece as a point: its measures and histograms, in the few directions in which real pieces differ most.

Conventions
    Directions and units come from the reference alone. Measures are standardised over its pieces and clipped at
    five standard deviations; histograms are square roots of shares (Hellinger's distance), and each weighs as much
    as one measure. What is not defined for a piece stands at the reference's mean. Of all that the first
    DIRECTIONS principal components are kept, each scaled to variance 1: distances are in standard deviations of
    real pieces.

Source of the idea: Heusel et al., "GANs trained by a two time-scale update rule" (2017), with plain measures in
place of a network's features, so that a distance can be explained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.sets.features import Features

Numbers = NDArray[np.float64]

DIRECTIONS = 10
_CLIP = 5.0  # standard deviations
_LEAST = 1e-9  # a spread below this is none


@dataclass(frozen=True, eq=False)
class Embedding:
    """From F figures of a piece to a point of D dimensions. Build one with `Embedding.of`."""

    mean: Numbers  # [F]
    scale: Numbers  # [F], 0 where the reference does not vary
    directions: Numbers  # [F, D]

    @classmethod
    def of(cls, reference: Features) -> Embedding:
        """The Embedding of a reference of two pieces or more; with few pieces it has fewer directions."""
        plain = _plain(reference)
        known = ~np.isnan(plain)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, plain, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, plain - mean, 0.0) ** 2).sum(axis=0) / count)
        size = np.ones(len(mean))
        start = len(reference.metrics)
        for rows in reference.histograms.values():
            stop = start + rows.shape[1]
            size[start:stop] = np.sqrt((spread[start:stop] ** 2).sum())  # a histogram as a whole has variance 1
            start = stop
        size[: len(reference.metrics)] = spread[: len(reference.metrics)]
        scale = np.where(spread > _LEAST, 1 / np.maximum(size, _LEAST), 0.0)
        rows = _standard(plain, mean, scale)
        _, values, directions = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        kept = int(min(DIRECTIONS, max(1, len(rows) // 4), (values > _LEAST).sum()))
        unit = np.sqrt(len(rows) - 1) / values[:kept]
        return cls(mean, scale, directions[:kept].T * unit)

    def points(self, features: Features) -> Numbers:
        """Float64[P, D]: a point for each piece."""
        return np.asarray(_standard(_plain(features), self.mean, self.scale) @ self.directions)


def _plain(features: Features) -> Numbers:
    """Float64[P, F]: measures, then roots of shares."""
    columns = [np.stack(list(features.metrics.values()), axis=1)] if features.metrics else []
    return np.concatenate([*columns, *(np.sqrt(rows) for rows in features.histograms.values())], axis=1)


def _standard(plain: Numbers, mean: Numbers, scale: Numbers) -> Numbers:
    moved = np.where(np.isnan(plain), 0.0, plain - mean) * scale
    return np.asarray(moved.clip(-_CLIP, _CLIP))
