"""What a torch model makes of whole sequences: their prices, or all its log-probabilities, in batches.

A limited view (`visible`) is exact: a target sees at most that many steps, as if the sequence began there. Where a
model cannot see further anyway that is what it does in one pass; else every target needs a window of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from etude.models.config import ModelConfig
from etude.models.model import Model

CHUNK = 1024  # steps of one sequence that are priced at once
STEPS_AT_ONCE = 16_384  # steps of all rows that are priced at once: bounds memory
STEPS_OF_WINDOWS = 4096  # the same where every target has a window of its own: what fits into caches is faster

Steps = NDArray[np.int32]
Measure = Callable[[Tensor, Tensor], list[Tensor]]  # hidden [B, T, I], targets [B, T, K] -> tensors [B, T, ...]


def nats_many(model: Model, sequences: Sequence[Steps], visible: int | None = None) -> list[NDArray[np.float64]]:
    """Float64[T - 1, K] a sequence: -ln p of each field of each step after the first.

    Sequences of like length share a batch; long ones go through in chunks with the state carried along.
    """
    found = measured(model, sequences, visible, lambda hidden, targets: [model.price(hidden, targets)])
    return [nats.astype(np.float64) for (nats,) in found]


def log_probabilities(
    model: Model, sequences: Sequence[Steps], visible: int | None = None
) -> list[list[NDArray[np.float32]]]:
    """Float32[T - 1, V_k] a sequence and field: ln p of every value, given the step's true earlier fields."""

    def all_values(hidden: Tensor, targets: Tensor) -> list[Tensor]:
        return [F.log_softmax(logits.float(), dim=-1) for logits in model.head.all(hidden, targets)]

    return measured(model, sequences, visible, all_values)


def sight(config: ModelConfig) -> int | None:
    """How many steps back anything can tell on a prediction, wherever it stands; None: there is no such limit."""
    if config.kind == "window":
        return config.window
    if config.kind == "rnn" or config.positions == "learned" or config.derived:
        return None
    return config.layers * (config.reach - 1) + 1 + config.history


@torch.no_grad()
def measured(
    model: Model, sequences: Sequence[Steps], visible: int | None, measure: Measure
) -> list[list[NDArray[np.float32]]]:
    """What `measure` says of every step after the first of each sequence, seen as far back as `visible`."""
    was_training = model.training
    model.eval()
    try:
        limit = sight(model.config)
        if visible is None or (limit is not None and limit <= visible):
            return _whole(model, sequences, measure)
        heads = _whole(model, [steps[: visible + 1] for steps in sequences], measure)
        return [_slid(model, steps, visible, measure, head) for steps, head in zip(sequences, heads, strict=True)]
    finally:
        model.train(was_training)


def _whole(model: Model, sequences: Sequence[Steps], measure: Measure) -> list[list[NDArray[np.float32]]]:
    """What `measure` says of every step after the first, all that stands before it being seen."""
    nothing = np.zeros((2, len(model.field_sizes)), np.int32)
    empty = [part[:0] for part in _batch(model, [nothing], measure)[0]]
    out = [empty] * len(sequences)
    order = sorted((i for i in range(len(sequences)) if len(sequences[i]) > 1), key=lambda i: len(sequences[i]))
    while order:
        longest = len(sequences[order[-1]]) - 1
        rows = [order.pop() for _ in range(min(len(order), max(1, STEPS_AT_ONCE // min(longest, CHUNK))))]
        for row, parts in zip(rows, _batch(model, [sequences[row] for row in rows], measure), strict=True):
            out[row] = parts
    return out


def _batch(model: Model, sequences: list[Steps], measure: Measure) -> list[list[NDArray[np.float32]]]:
    """`_whole` of sequences that fit into one batch; the longest comes first."""
    padded = np.zeros((len(sequences), len(sequences[0]), len(model.field_sizes)), np.int64)
    for row, steps in enumerate(sequences):
        padded[row, : len(steps)] = steps  # what stands after the end cannot reach back: the model is causal
    whole = torch.from_numpy(padded).to(_device(model))
    state, chunks = None, []
    for start in range(0, whole.shape[1] - 1, CHUNK):
        stop = min(start + CHUNK, whole.shape[1] - 1)
        hidden, state = model.body(whole[:, start:stop], state)
        chunks.append([part.cpu().numpy() for part in measure(hidden, whole[:, start + 1 : stop + 1])])
    parts = [np.concatenate(same, axis=1) for same in zip(*chunks, strict=True)]
    return [[part[row, : len(steps) - 1] for part in parts] for row, steps in enumerate(sequences)]


def _slid(
    model: Model, steps: Steps, visible: int, measure: Measure, head: list[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """`head`, what is known of the first targets, and behind it all others, each at the end of its own window."""
    if len(steps) <= visible + 1:
        return head
    rows = max(1, STEPS_OF_WINDOWS // visible)
    line = torch.from_numpy(steps.astype(np.int64)).to(_device(model))
    windows = line.unfold(0, visible, 1).transpose(1, 2)  # [T - visible + 1, visible, K], all views of one line
    chunks = [head]
    for start in range(1, len(steps) - visible, rows):
        stop = min(start + rows, len(steps) - visible)
        hidden, _ = model.body(windows[start:stop])
        targets = line[start + visible : stop + visible, None]
        chunks.append([part[:, 0].cpu().numpy() for part in measure(hidden[:, -1:], targets)])
    return [np.concatenate(same) for same in zip(*chunks, strict=True)]


def _device(model: Model) -> torch.device:
    return next(model.parameters()).device
