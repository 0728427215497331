"""Which mirrors a training has, as a frozen value that loads none of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from etude import registry
from etude.errors import MissingPart, UsageError

# name -> the package, what a person calls it, the extra that installs it
PACKAGES = {
    "tensorboard": ("tensorboard", "TensorBoard", "train"),
    "comet": ("comet_ml", "Comet", "comet"),
    "mlflow": ("mlflow", "MLflow", "mlflow"),
    "wandb": ("wandb", "W&B", "wandb"),
}
MOST = 99  # pieces


@dataclass(frozen=True)
class TrackingConfig:
    """Who mirrors a training. `samples` pieces are composed when it is over, and kept with their sound."""

    tracker: str = "tensorboard"  # several with commas between, or none
    samples: int = 1  # pieces composed when it is over, kept with their sound
    along: int = 0  # pieces composed at every evaluation as well, always from the same seed; takes time

    def __post_init__(self) -> None:
        for name in ("samples", "along"):
            if not 0 <= getattr(self, name) <= MOST:
                raise UsageError(f"tracking.{name} must be 0 to {MOST}, but is {getattr(self, name)}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The trackers by name, none of them twice."""
        found = [name.strip() for name in self.tracker.split(",")]
        return () if found == ["none"] else tuple(dict.fromkeys(found))

    def check_known(self) -> None:
        """Raises UsageError naming the first tracker that is not there. A run may outlive the plugin it named."""
        for name in self.names:
            if name not in PACKAGES and name not in registry.added("trackers"):
                raise registry.unknown("trackers", name, [*registry.names("trackers"), "none"])

    def check_installed(self) -> None:
        """Raises MissingPart when a tracker that was asked for is not installed. TensorBoard is done without."""
        for name in self.names:
            package, words, extra = PACKAGES.get(name, ("", "", ""))
            if package and name != "tensorboard" and find_spec(package) is None:
                raise MissingPart(f"The tracker {words}", extra)
