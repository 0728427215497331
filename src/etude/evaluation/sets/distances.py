"""How far two distributions are apart: histograms bin by bin, clouds of points by mean and covariance.

Metrics
    overlap          sum of the smaller share of each bin; 1 alike, 0 nothing in common
    kl               Kullback-Leibler divergence of the first from the second, bits; 0 alike, no upper end
    jensen_shannon   Jensen-Shannon divergence, bits; 0 alike, 1 nothing in common
    frechet          squared distance of the means plus that of the covariances; in squares of the points' unit

Sources: Lin, "Divergence measures based on the Shannon entropy" (1991); Yang and Lerch, "On the evaluation of
generative models in music" (2020), for overlap and KL by feature; Dowson and Landau, "The Frechet distance between
multivariate normal distributions" (1982).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def overlap(first: Numbers, second: Numbers) -> Numbers:
    """Float64[...] of shares float64[..., B]: what both have of each bin."""
    return np.asarray(np.minimum(first, second).sum(axis=-1))


def kl(first: Numbers, second: Numbers) -> Numbers:
    """Float64[...]: bits of surprise that `first` holds for whoever expects `second`, of shares float64[..., B].

    Infinite where a bin of `first` is empty in `second`: smooth the shares before (`smoothed`).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(first > 0, first * np.log2(first / second), 0.0)
    return np.asarray(parts.sum(axis=-1))


def jensen_shannon(first: Numbers, second: Numbers) -> Numbers:
    """Float64[...]: bits, 0 to 1, of shares float64[..., B]."""
    middle = (first + second) / 2
    return np.asarray((kl(first, middle) + kl(second, middle)) / 2)


def smoothed(shares: Numbers, pieces: int) -> Numbers:
    """`shares` of `pieces` pieces and half a piece more, spread over all bins: no bin is empty."""
    return np.asarray((shares * pieces + 0.5 / shares.shape[-1]) / (pieces + 0.5))


def frechet(first: Numbers, second: Numbers) -> float:
    """The Frechet distance of the normal distributions fitted to points float64[N, D] and float64[M, D].

    Raises ValueError for fewer than two points on a side.
    """
    if len(first) < 2 or len(second) < 2:
        raise ValueError(f"a covariance needs two points, not {min(len(first), len(second))}")
    gap = first.mean(axis=0) - second.mean(axis=0)
    one, other = (np.atleast_2d(np.cov(points, rowvar=False)) for points in (first, second))
    root = _root(one)
    shared = np.linalg.eigvalsh(root @ other @ root).clip(0)
    return float(max(0.0, gap @ gap + np.trace(one) + np.trace(other) - 2 * np.sqrt(shared).sum()))


def _root(matrix: Numbers) -> Numbers:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)


def pairwise(first: Numbers, second: Numbers) -> Numbers:
    """Float64[N, M]: Euclidean distances between points float64[N, D] and float64[M, D]."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * first @ second.T
    return np.asarray(np.sqrt(squares.clip(0)))
