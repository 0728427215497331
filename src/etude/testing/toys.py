"""A tiny task that a tiny model learns in seconds, and a reporter that remembers, to test training with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from etude.training import Checkpoint

SIZES = (12, 12)
PERIOD = 2  # steps of the phrase that each toy piece repeats


@dataclass(frozen=True)
class ToyBatch:
    """Steps int32[B, T + 1, K] and weights float32[B, T]."""

    steps: NDArray[np.int32]
    weights: NDArray[np.float32]


def toy_piece(random: np.random.Generator, length: int, sizes: Sequence[int] = SIZES) -> NDArray[np.int32]:
    """Int32[length, K]: a begin step, then one random phrase over and over; its second field often departs."""
    phrase = np.stack([random.integers(2, size, PERIOD) for size in sizes], axis=1)
    steps = np.tile(phrase, (length // PERIOD + 1, 1))[:length]
    steps[::PERIOD, -1] = random.integers(2, sizes[-1], len(steps[::PERIOD]))
    steps[0] = 0
    return steps.astype(np.int32)


@dataclass(frozen=True)
class ToyBatches:
    """Batches of toy pieces: a pure function of the step."""

    rows: int = 4
    length: int = 32
    sizes: tuple[int, ...] = SIZES
    seed: int = 0

    def at(self, step: int) -> ToyBatch:
        """The batch of training step `step`; the last target of every row counts for nothing."""
        random = np.random.default_rng((self.seed, step))
        steps = np.stack([toy_piece(random, self.length + 1, self.sizes) for _ in range(self.rows)])
        weights = np.ones((self.rows, self.length), np.float32)
        weights[:, -1] = 0
        return ToyBatch(steps, weights)


@dataclass
class Recorder:
    """A reporter that keeps records and checkpoints, on disk too where `folder` is given."""

    folder: Path | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def log(self, record: dict[str, Any]) -> None:
        """Keeps the record."""
        self.records.append(record)

    def save(self, checkpoint: Checkpoint) -> None:
        """Keeps the checkpoint."""
        self.checkpoints.append(checkpoint)
        if self.folder is not None:
            from etude.training import CheckpointFolder

            CheckpointFolder(self.folder).save(checkpoint)
