"""The chain p_l = w f_l + (1 - w) p_(l-1) over the levels of a field, and its weights fitted by EM.

f_l is the share of the value among the followers of the level's context. The weight w belongs to the level and to
a bucket of the context's evidence. Source: Jelinek and Mercer, "Interpolated estimation of Markov source
parameters from sparse data" (1980); the untuned weights are those of Witten and Bell (1991).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64] | np.int64 | int
Base = NDArray[np.float64] | float  # the probability of each target ([N]) below the first level

_SIZES = (1, 2, 3, 4, 5, 7, 10, 15, 24, 40, 100, 400, 2000)
_EDGES = np.array(_SIZES)
_RATIOS = (0.06, 0.2, 0.5)
_KINDS = 5
BUCKETS = len(_EDGES) * _KINDS
_CAUTION = 0.2  # untuned, the piece so far counts this much less than the training set
_PRIOR = 3.0  # targets' worth of belief in the untuned weight
_ROUNDS = 30
_LEAST, _MOST = 1e-5, 1 - 1e-4


@dataclass(frozen=True)
class Evidence:
    """What each level of one field says about each of N targets. L: levels, the least specific first."""

    shares: NDArray[np.float64]  # [L, N] share of the true value among the followers
    buckets: NDArray[np.int16]  # [L, N], -1 where the level has not seen the context


def train_buckets(totals: Numbers, distinct: Numbers) -> NDArray[np.int16]:
    """Int16[N] from occurrences of the context and its distinct followers; -1 for none."""
    ratio = distinct / np.maximum(totals, 1)
    kind = np.where(distinct == 1, 0, 1 + np.digitize(ratio, _RATIOS))
    return _bucket(totals, kind)


def copy_buckets(totals: Numbers, run: Numbers) -> NDArray[np.int16]:
    """Int16[N] from occurrences of the context and the latest run of one follower; -1 for none."""
    kind = np.where(run >= totals, 0, np.minimum(run, 4))
    return _bucket(totals, kind)


def train_bucket(total: int, distinct: int) -> int:
    """What `train_buckets` says of one context."""
    if total <= 0:
        return -1
    kind = 0 if distinct == 1 else 1 + bisect_right(_RATIOS, distinct / total)
    return (bisect_right(_SIZES, total) - 1) * _KINDS + kind


def copy_bucket(total: int, run: int) -> int:
    """What `copy_buckets` says of one context."""
    if total <= 0:
        return -1
    return (bisect_right(_SIZES, total) - 1) * _KINDS + (0 if run >= total else min(run, 4))


def _bucket(totals: Numbers, kind: Numbers) -> NDArray[np.int16]:
    size = np.searchsorted(_EDGES, totals, side="right") - 1
    return np.where(totals > 0, size * _KINDS + kind, -1).astype(np.int16)


def untuned(trained: int, copied: int) -> NDArray[np.float64]:
    """Float64[trained + copied, BUCKETS]: occurrences / (occurrences + distinct followers) for trained levels.

    That is the weight of Witten and Bell; copied levels get a cautious part of it.
    """
    size, kind = np.divmod(np.arange(BUCKETS), _KINDS)
    total = _EDGES[size]
    distinct = np.where(kind == 0, 1, np.maximum(2, total * np.array([1, 0.03, 0.13, 0.35, 0.75])[kind]))
    weight = total / (total + distinct)
    return np.asarray(np.outer(np.repeat([1.0, _CAUTION], [trained, copied]), weight))


def mix(evidence: Evidence, weights: NDArray[np.float64], base: Base) -> NDArray[np.float64]:
    """Float64[N]: the probability of each target under `weights` (float64[L, BUCKETS]) above `base`."""
    out: NDArray[np.float64] = np.full(evidence.shares.shape[1], base)
    for shares, buckets, level in zip(evidence.shares, evidence.buckets, weights):
        weight = np.where(buckets >= 0, level[buckets], 0.0)
        out += weight * (shares - out)
    return out


def fit_weights(evidence: Evidence, start: NDArray[np.float64], base: Base) -> NDArray[np.float64]:
    """Float64[L, BUCKETS]: the weights that make the targets likeliest above `base`, by EM from `start`."""
    weights = start.copy()
    levels, count = evidence.shares.shape
    for _ in range(_ROUNDS):
        below = np.empty((levels + 1, count))  # probability of the chain up to each level
        below[0] = base
        used = np.where(evidence.buckets >= 0, np.take_along_axis(weights, _safe(evidence.buckets), 1), 0.0)
        for level in range(levels):
            below[level + 1] = below[level] + used[level] * (evidence.shares[level] - below[level])
        reach = np.ones(count)  # posterior that the level above passed the target down
        for level in range(levels - 1, -1, -1):
            took = reach * used[level] * evidence.shares[level] / below[level + 1]
            weights[level] = _estimate(evidence.buckets[level], took, reach, start[level])
            reach = reach - took
    return weights


def _safe(buckets: NDArray[np.int16]) -> NDArray[np.int64]:
    return np.maximum(buckets, 0).astype(np.int64)


def _estimate(
    buckets: NDArray[np.int16], took: NDArray[np.float64], reach: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Float64[BUCKETS]: the share of what reached the level that it took, per bucket, with the prior's help."""
    there = buckets >= 0
    index = buckets[there].astype(np.int64)
    taken = np.bincount(index, took[there], BUCKETS)
    seen = np.bincount(index, reach[there], BUCKETS)
    usual = (taken.sum() + _PRIOR * start) / (seen.sum() + _PRIOR)  # the level's weight whatever the bucket
    return np.asarray(np.clip((taken + _PRIOR * usual) / (seen + _PRIOR), _LEAST, _MOST))
