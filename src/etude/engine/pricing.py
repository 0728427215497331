"""Whole sequences priced by an exported model, in batches where it is recurrent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.engine.state import Plan, State

BATCH = 32  # sequences a recurrent model steps through together

Outputs = dict[str, NDArray[np.float32]]  # name -> float32[N, width], one row a step


def nats_many(
    plan: Plan, heads: Mapping[int, Any], sequences: Sequence[NDArray[np.int32]]
) -> list[NDArray[np.float64]]:
    """Float64[T - 1, K] a sequence: -ln p of each field of each step after the first."""
    nats = [np.zeros((0, len(plan.sizes)))] * len(sequences)
    order = sorted((i for i in range(len(sequences)) if len(sequences[i]) > 1), key=lambda i: len(sequences[i]))
    width = BATCH if plan.sequential and not plan.caches else 1
    while order:
        batch = [order.pop() for _ in range(min(width, len(order)))]
        pieces = [sequences[i] for i in batch]
        priced = _stepped(plan, heads, pieces) if plan.sequential else [_whole(plan, heads, pieces[0])]
        for i, values in zip(batch, priced, strict=True):
            nats[i] = values
    return nats


def _whole(plan: Plan, heads: Mapping[int, Any], steps: NDArray[np.int32]) -> NDArray[np.float64]:
    """`nats` of one sequence, as many steps a call as the caches hold."""
    state = State(plan)
    rows = state.hearing.rows(steps[:-1])
    parts, at = [], 0
    while at < len(rows):
        count = min(state.make_room(), len(rows) - at)
        state.run(rows[None, at : at + count])
        outputs = {
            name: values[0]
            for name, values in (state.wide or {n: v[:, None] for n, v in state.last.items()}).items()
        }
        parts.append(_price(plan, heads, outputs, steps[1 + at : 1 + at + count]))
        at += count
    return np.concatenate(parts)


def _stepped(plan: Plan, heads: Mapping[int, Any], pieces: list[NDArray[np.int32]]) -> list[NDArray[np.float64]]:
    """`nats` of several sequences, the longest first, one step of all of them a call."""
    state = State(plan, len(pieces))
    longest = len(pieces[0])
    padded = np.zeros((len(pieces), longest, len(plan.sizes)), np.int32)
    for row, steps in enumerate(pieces):
        padded[row, : len(steps)] = steps
    rows = np.stack([state.hearing.copy().rows(steps[:-1]) for steps in padded])
    out = np.zeros((len(pieces), longest - 1, len(plan.sizes)))
    for at in range(longest - 1):
        if state.caches:
            state.make_room()
        state.run(rows[:, at])
        out[:, at] = _price(plan, heads, state.last, padded[:, at + 1])
    return [out[row, : len(steps) - 1] for row, steps in enumerate(pieces)]


def _price(
    plan: Plan, heads: Mapping[int, Any], outputs: Outputs, targets: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Float64[N, K]: -ln p of `targets` (int32[N, K]) after the body's `outputs`."""
    nats = np.zeros(targets.shape)
    z = outputs.get("hidden")
    for field in range(len(plan.sizes)):
        logits = outputs.get(f"logits.{field}")
        if logits is None:
            before = targets[:, field - 1].astype(np.int64)
            logits, z = heads[field].run(["logits", "z_next"], {"z": z, "value": before})
        scores = logits.astype(np.float64)
        top = scores.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
        nats[:, field] = total - scores[np.arange(len(targets)), targets[:, field]]
    return nats
