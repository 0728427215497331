"""A process that trains when told: `python -m etude.lab.bench.train_worker ours|reference SIZE`.

Each line on stdin is a number of updates to do; the answer is a line of JSON with the loss of the last one.
"ours" is the fast path of etude; "reference" the same model, batch and optimiser as PyTorch does it by default.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from etude.models import ModelConfig, build
from etude.training import TrainingConfig
from etude.training.machine import Machine, machine_for
from etude.training.optimiser import optimiser_of

VOCABULARY = 512
LENGTH = 512  # steps a row
SIZES = {
    "1M": (ModelConfig(width=192, layers=2, heads=4, dropout=0.0, context=LENGTH), 8),
    "6M": (ModelConfig(width=256, layers=8, heads=4, dropout=0.0, context=LENGTH), 4),
    "tiny": (ModelConfig(width=32, layers=1, heads=2, dropout=0.0, context=LENGTH), 1),
}


@dataclass(frozen=True)
class Rows:
    """Steps int32[B, T + 1, 1] and weights float32[B, T]."""

    steps: NDArray[np.int32]
    weights: NDArray[np.float32]


def rows(count: int, step: int) -> Rows:
    """Rows that repeat a phrase of 2 to 16 symbols, drawn from few: learnable in some dozen updates."""
    random = np.random.default_rng((11, step))
    out = np.empty((count, LENGTH + 1, 1), np.int32)
    for row in range(count):
        phrase = random.integers(0, 40, int(random.integers(2, 17)))
        out[row, :, 0] = np.resize(phrase, LENGTH + 1)
    return Rows(out, np.ones((count, LENGTH), np.float32))


def updates(ours: bool, size: str) -> Iterator[float]:
    """The loss of one update after another, in nats per step."""
    torch.manual_seed(0)
    shape, count = SIZES[size]
    model = build(shape, (VOCABULARY,)).train()
    config = TrainingConfig(rows=count, length=LENGTH, learning_rate=1e-3)
    plain = Machine("cpu", False, torch.get_num_threads())
    machine = machine_for(model, rows(count, 0), config) if ours else plain
    torch.set_num_threads(machine.threads)
    print(json.dumps(machine.settings()), flush=True)
    optimiser = optimiser_of(model, config)
    step = 0
    while True:
        steps, weights = machine.tensors(rows(count, step))
        with machine.format():
            loss, _ = model.losses(steps)
        mean = (loss * weights).sum() / weights.sum()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(mean)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        yield float(mean.detach())


def main(which: str, size: str) -> None:
    """Answers until stdin ends."""
    work = updates(which == "ours", size)
    for line in sys.stdin:
        losses = [next(work) for _ in range(int(line))]
        print(json.dumps(losses), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
