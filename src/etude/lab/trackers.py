"""Which mirrors a training has, as a frozen value that loads none of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from etude.errors import MissingPart, UsageError


@dataclass(frozen=True)
class TrackingConfig:
    """Who mirrors a training. `samples` pieces are composed when it is over, and kept with their sound."""

    tracker: Literal["tensorboard", "comet", "none"] = "tensorboard"
    samples: int = 1

    def __post_init__(self) -> None:
        if self.samples < 0:
            raise UsageError(f"tracking.samples must not be negative, but is {self.samples}.")

    def check_installed(self) -> None:
        """Raises MissingPart when the tracker that was asked for is not installed. TensorBoard is done without."""
        if self.tracker == "comet" and find_spec("comet_ml") is None:
            raise MissingPart("The tracker Comet", "comet")
