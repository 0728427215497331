"""Where and how a model is trained: device, number format, threads."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from etude.errors import UsageError
from etude.models.model import Model
from etude.training.config import TrainingConfig
from etude.training.environment import bf16_pays, fastest, peak_memory, thread_counts
from etude.training.protocols import Batch


@dataclass(frozen=True)
class Machine:
    """What was settled for a training; it is part of every checkpoint, so that a resumed one computes alike."""

    device: str  # "cpu" or "cuda"
    bf16: bool
    threads: int

    def format(self) -> AbstractContextManager[Any]:
        """The context in which the model computes: mixed bfloat16, or float32 as it is."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16)

    def tensors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(steps int64[B, P + T + 1, K], weights float32[B, T]) on the device, from arrays or tensors."""
        steps, weights = (_tensor(one) for one in (batch.steps, batch.weights))
        return steps.to(self.device, torch.int64, non_blocking=True), weights.to(self.device, non_blocking=True)

    def settings(self) -> dict[str, Any]:
        """Plain values from which `Machine(**settings)` makes it again."""
        return asdict(self)

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Sets the threads, and puts the old number back at the end."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def peak_memory(self) -> int:
        """The most bytes held so far: of the device's memory, or of the process."""
        if self.device == "cuda":
            return torch.cuda.max_memory_allocated()
        return peak_memory()


def _tensor(values: Any) -> Tensor:
    return values if isinstance(values, Tensor) else torch.from_numpy(np.ascontiguousarray(values))


def lead_of(steps: Tensor, weights: Tensor) -> int:
    """P: how many steps of every row stand before its targets, only to be heard."""
    return steps.shape[1] - weights.shape[1] - 1


def machine_for(model: Model, batch: Batch, config: TrainingConfig) -> Machine:
    """The machine for a training. Settings left to etude are decided by measuring, in a second or so."""
    device = config.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise UsageError(f"training.device must be auto, cpu or cuda, not '{device}'.")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("training.device is cuda, but this torch sees no such device. Use auto or cpu.")
    bf16 = config.precision == "bf16" or (config.precision == "auto" and (device == "cuda" or bf16_pays()))
    machine = Machine(device, bf16, config.threads or torch.get_num_threads())
    if config.threads or device == "cuda":
        return machine
    return Machine(device, bf16, _best_threads(model, batch, config, machine))


def _best_threads(model: Model, batch: Batch, config: TrainingConfig, machine: Machine) -> int:
    """How many threads train a copy of the model fastest, measured in turn; nothing is changed."""
    counts = thread_counts()
    if len(counts) == 1:
        return counts[0]
    trial = copy.deepcopy(model).train()
    steps, weights = machine.tensors(batch)

    def update(threads: int) -> None:
        torch.set_num_threads(threads)
        with machine.format():
            loss, _ = trial.losses(steps, config.smoothing, lead_of(steps, weights))
        torch.autograd.backward(loss.mean())

    before = torch.get_num_threads()
    try:
        with torch.random.fork_rng(devices=[]):
            return fastest(counts, update, rounds=4)
    finally:
        torch.set_num_threads(before)
