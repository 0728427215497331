"""A log-linear mixture of distributions: p(v) is proportional to the product of p_e(v) to the power w_e.

The powers belong to a gate, a number that says which of several sets is used. They are fitted by Newton's method:
the price is convex in them. Source: Hinton, "Products of experts" (1999); Klakow, "Log-linear interpolation of
language models" (1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 15
_PULL = 20.0  # targets' worth of belief, in squared nats, in the powers that a set starts from
_FLOOR = 1e-12  # no expert is believed to be surer than this
_STEP = 1.0  # most that a power may change in a round


def mixed(experts: Sequence[Floats], gate: NDArray[np.int64], powers: Floats) -> Floats:
    """Float64[N, V]: the mixture of `experts` (float64[N, V] each) under powers[gate] (float64[G, E])."""
    return _raised(_logs(experts), powers[gate])


def fit_powers(
    experts: Sequence[Floats], gate: NDArray[np.int64], values: NDArray[np.int64], start: Floats, gates: int
) -> Floats:
    """Float64[G, E]: the powers that make `values` (int64[N]) likeliest, each set pulled towards one for all.

    That one is pulled towards `start` (float64[E]).
    """
    logs = _logs(experts)
    common = _newton(logs, np.zeros_like(gate), values, np.array([start]))
    return _newton(logs, gate, values, np.repeat(common, gates, axis=0))


def _newton(logs: Floats, gate: NDArray[np.int64], values: NDArray[np.int64], prior: Floats) -> Floats:
    """Float64[G, E]: the powers nearest to `prior` that price `values` lowest."""
    powers = prior.copy()
    gates, count = prior.shape
    true = logs[:, np.arange(len(values)), values].T  # [N, E]
    for _ in range(_ROUNDS):
        p = _raised(logs, powers[gate])
        mean = np.einsum("env,nv->ne", logs, p)
        gradient = _by_gate(gate, mean - true, gates) + _PULL * (powers - prior)
        second = np.einsum("env,fnv,nv->nef", logs, logs, p, optimize=True) - mean[:, :, None] * mean[:, None, :]
        curve = _by_gate(gate, second, gates) + _PULL * np.eye(count)
        change = np.linalg.solve(curve, gradient[..., None])[..., 0]
        powers -= np.clip(change, -_STEP, _STEP)
        if np.abs(change).max(initial=0.0) < 1e-4:
            break
    return powers


def _logs(experts: Sequence[Floats]) -> Floats:
    """Float64[E, N, V]."""
    return np.log(np.maximum(np.stack(experts), _FLOOR))


def _raised(logs: Floats, powers: Floats) -> Floats:
    """Float64[N, V]: the normalised product of the experts, each to its power (float64[N, E])."""
    scores = np.einsum("env,ne->nv", logs, powers, optimize=True)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def _by_gate(gate: NDArray[np.int64], values: Floats, gates: int) -> Floats:
    """Float64[G, ...]: the sums of `values` (float64[N, ...]) over the targets of each gate."""
    out = np.zeros((gates, *values.shape[1:]))
    np.add.at(out, gate, values)
    return out
