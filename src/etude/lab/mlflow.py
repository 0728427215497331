"""A run as MLflow shows it, kept in an SQLite file of the run folder: see `mlflow ui --backend-store-uri`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import MissingPart
from etude.files import write_atomically
from etude.lab.run import Run


def module() -> Any:
    """The package mlflow, which tells nobody of its use. Raises MissingPart naming the extra."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        return import_module("mlflow")
    except ImportError as error:
        raise MissingPart("The tracker MLflow", "mlflow") from error


class MlflowTracker:
    """Writes into the run's `mlflow/`."""

    def __init__(self, mlflow: Any, run: Run) -> None:
        self.folder = (run.folder / "mlflow").resolve()
        self.folder.mkdir(exist_ok=True)
        self.entities = mlflow.entities
        self.client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{self.folder / 'mlflow.db'}")
        found = self.client.get_experiment_by_name("etude")
        kept = found.experiment_id if found else self.client.create_experiment(
            "etude", artifact_location=(self.folder / "files").as_uri()
        )  # fmt: skip
        self.run_id = self.client.create_run(kept, run_name=run.folder.name).info.run_id

    def settings(self, values: Mapping[str, Any]) -> None:
        """Every setting as a parameter."""
        told = [self.entities.Param(key, str(value)) for key, value in values.items()]
        self.client.log_batch(self.run_id, params=told)

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """A metric for every number."""
        now = int(time.time() * 1000)
        numbers = {name: float(value) for name, value in values.items() if isinstance(value, (int, float))}
        told = [self.entities.Metric(name, value, now, step) for name, value in numbers.items()]
        self.client.log_batch(self.run_id, metrics=told)

    def text(self, name: str, text: str, step: int) -> None:
        """A text as a file."""
        self.client.log_text(self.run_id, text, f"{name} at {step}.txt")

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Sound as a file."""
        from etude.render.audio import wav_bytes

        path = self.folder / f"{name} at {step}.wav"
        write_atomically(path, wav_bytes(np.asarray(samples)[:, None], rate))
        self.client.log_artifact(self.run_id, str(path))
        path.unlink()

    def close(self) -> None:
        """Says that the run is over."""
        self.client.set_terminated(self.run_id)


def tracker(run: Run) -> MlflowTracker:
    """The mirror of a run. Raises MissingPart when the package is not installed."""
    return MlflowTracker(module(), run)
