"""What training asks of the world: batches, pieces to validate on, and somebody to report to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from etude.training.checkpoint import Checkpoint


class Batch(Protocol):
    """Rows of steps, each the target of the one before it. NumPy arrays or torch tensors."""

    @property
    def steps(self) -> Any:
        """Int[B, P + T + 1, K]; the first P of a row are only heard, the last T are targets."""

    @property
    def weights(self) -> Any:
        """Float32[B, T]: 0 where there is no target."""


class Batches(Protocol):
    """Endless batches. `at` is a pure function of the step number: that makes a resumed training exact."""

    def at(self, step: int) -> Batch:
        """The batch of training step `step` (0, 1, ...)."""


@dataclass(frozen=True)
class Validation:
    """Held-out pieces, whole, int32[T, K] each, and the number of notes they hold (0: not known).

    `floors` are figures of the same pieces to print beside the model's, as bits per note by name of the baseline.
    """

    pieces: Sequence[NDArray[np.int32]]
    notes: int = 0
    floors: Mapping[str, float] = field(default_factory=dict)


class Reporter(Protocol):
    """Who is told. Both are called from the training loop and hold it up while they run.

    A reporter may also have `tick(record)`: it is then called about twice a second with step, total_steps (0: not
    known yet), seconds, tokens_per_second and train_loss so far, for a progress bar.
    """

    def log(self, record: dict[str, Any]) -> None:
        """Takes the figures of one evaluation."""

    def save(self, checkpoint: Checkpoint) -> None:
        """Keeps a checkpoint, for example `CheckpointFolder(path).save(checkpoint)`."""
