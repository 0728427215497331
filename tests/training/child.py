"""A trainer to be killed: `python child.py FOLDER STEPS EVERY THREADS` trains, or goes on with, a toy run."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from etude.models import ModelConfig, build
from etude.testing.toys import SIZES, ToyBatches, toy_piece
from etude.training import Checkpoint, CheckpointFolder, TrainingConfig, Validation, fit


class Reporter:
    """Says each evaluation on stdout and saves."""

    def __init__(self, folder: CheckpointFolder) -> None:
        self.folder = folder

    def log(self, record: dict[str, Any]) -> None:
        """Prints the figures that must be the same in every run."""
        names = ("step", "train_loss", "valid_loss", "learning_rate", "gradient_norm")
        print(json.dumps({name: record[name] for name in names}), flush=True)

    def save(self, checkpoint: Checkpoint) -> None:
        """Saves."""
        self.folder.save(checkpoint)


def main(path: str, steps: int, every: int, threads: int) -> None:
    folder = CheckpointFolder(Path(path))
    torch.manual_seed(0)
    model = build(ModelConfig(width=32, heads=2, layers=2, dropout=0.2, context=16), SIZES)
    random = np.random.default_rng(5)
    validation = Validation([toy_piece(random, 30) for _ in range(3)], notes=50)
    config = TrainingConfig(
        steps=steps, eval_every=every, warmup=5, precision="bf16", threads=threads, learning_rate=3e-3
    )
    with folder.locked():
        print("begin", flush=True)
        fit(model, ToyBatches(), validation, config, Reporter(folder), start=folder.latest())
        last = folder.latest()
    assert last is not None
    parts = [
        name.encode() + array.tobytes()
        for arrays in (last.model, last.best, last.optimiser)
        for name, array in sorted(arrays.items())
    ]
    print("end", hashlib.sha256(b"".join(parts)).hexdigest(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
