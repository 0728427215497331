"""How a model is trained, as a frozen value that needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from etude.errors import UsageError
from etude.training.keeping import Cadence


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of one training. Every position of a row is trained.

    Learning stops after `steps` updates, or after `minutes`: then the number of updates is set from the speed of
    the first ones. `eval_every` 0 means twenty evaluations in all.
    """

    rows: int = 16  # B, of a batch
    length: int = 256  # T, steps a row
    whole: bool = False  # a row is one piece from its begin step, as it is when it is played
    steps: int = 2000  # updates
    minutes: float | None = None  # instead of `steps`
    optimiser: Literal["adamw", "adam", "rmsprop", "muon"] = "adamw"  # what makes updates of gradients
    learning_rate: float = 2e-3  # the highest
    warmup: int = 50  # updates until the rate is there
    schedule: Literal["cosine", "constant", "exponential", "plateau"] = "cosine"  # how the rate falls
    # exponential: times `decay` per `decay_every` updates; plateau: times `decay` after `decay_every` evaluations
    # without a better loss
    decay: float = 0.5  # what exponential and plateau multiply the rate by
    decay_every: int = 0  # 0 = 1000 updates, or 2 evaluations
    weight_decay: float = 0.1  # of matrices and tables
    clip: float = 1.0  # largest norm of the gradient; 0 = no limit
    smoothing: float = 0.0  # of labels
    average: float = 0.0  # of the weights, each update leaving this share of it; it is judged and kept. 0: none
    eval_every: int = 0  # updates between two looks at held-out music; 0 = twenty looks in all
    patience: int = 0  # evaluations without a better loss before stopping; 0 = never
    keep_every: str = ""  # checkpoints to go back to: "5 epochs", "1000 updates", "2 evaluations"; "" = none
    seed: int = 0  # of the first weights and the order of the music
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # of the arithmetic
    threads: int = 0  # 0 = chosen by measurement
    device: str = "auto"  # "cpu", "cuda", or what is there

    def __post_init__(self) -> None:
        for name in ("rows", "length", "steps"):
            _require(getattr(self, name) >= 1, f"training.{name} must be at least 1, not {getattr(self, name)}")
        for name in ("warmup", "weight_decay", "clip", "eval_every", "patience", "threads", "decay_every"):
            _require(
                getattr(self, name) >= 0, f"training.{name} must not be negative, but is {getattr(self, name)}"
            )
        _require(self.learning_rate > 0, f"training.learning_rate must be positive, not {self.learning_rate}")
        _require(0 < self.decay <= 1, f"training.decay must be above 0 and at most 1, not {self.decay}")
        Cadence.parse(self.keep_every)
        for name in ("smoothing", "average"):
            _require(0 <= getattr(self, name) < 1, f"training.{name} must be in [0, 1), not {getattr(self, name)}")
        _require(self.minutes is None or self.minutes > 0, f"training.minutes must be positive, not {self.minutes}")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(f"{message}.")
