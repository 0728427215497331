"""Training: batches in, checkpoints and figures out. Importing this room loads no torch; `fit` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etude.training.checkpoint import Checkpoint, CheckpointFolder, CheckpointWarning, load_weights
from etude.training.config import TrainingConfig
from etude.training.environment import tuned_environment
from etude.training.protocols import Batch, Batches, Reporter, Validation

if TYPE_CHECKING:
    from etude.training.loop import Outcome, fit

__all__ = [
    "Batch",
    "Batches",
    "Checkpoint",
    "CheckpointFolder",
    "CheckpointWarning",
    "Outcome",
    "Reporter",
    "TrainingConfig",
    "Validation",
    "fit",
    "load_weights",
    "tuned_environment",
]


def __getattr__(name: str) -> Any:
    if name not in ("fit", "Outcome"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from etude.training import loop
    except ModuleNotFoundError as error:
        if error.name == "torch":
            from etude.errors import MissingPart

            raise MissingPart("Training", "train") from error
        raise
    return getattr(loop, name)
