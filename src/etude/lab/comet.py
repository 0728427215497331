"""A run as Comet shows it, kept as an offline experiment: nothing leaves the machine before `comet upload`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import MissingPart
from etude.files import write_atomically
from etude.lab.run import Run

# what Comet would look for on the machine by itself: the run folder holds what is needed of it
_QUIET = {
    **{f"log_{what}": False for what in ("code", "graph", "git_metadata", "git_patch", "env_details", "env_gpu")},
    **{f"log_env_{what}": False for what in ("cpu", "host", "network", "disk")},
    **{"auto_output_logging": False, "parse_args": False, "display_summary_level": 0},
}


def module() -> Any:
    """The package comet_ml, silenced. Raises MissingPart naming the extra when it is not installed."""
    # the package would tell its makers of errors, offline or not (seen in 3.58.8)
    os.environ.setdefault("COMET_INTERNAL_SENTRY_DSN", "")
    try:
        return import_module("comet_ml")
    except ImportError as error:
        raise MissingPart("The tracker Comet", "comet") from error


class CometTracker:
    """Writes an archive into the run's `comet/`."""

    def __init__(self, comet: Any, run: Run) -> None:
        self.folder = run.folder / "comet"
        self.folder.mkdir(exist_ok=True)
        self.experiment = comet.OfflineExperiment(
            project_name="etude", offline_directory=str(self.folder.resolve()), **_QUIET
        )
        self.experiment.set_name(run.folder.name)

    def settings(self, values: Mapping[str, Any]) -> None:
        """Every setting as a parameter."""
        self.experiment.log_parameters(dict(values))

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """A metric for every number."""
        numbers = {name: value for name, value in values.items() if isinstance(value, (int, float))}
        self.experiment.log_metrics(numbers, step=step)

    def text(self, name: str, text: str, step: int) -> None:
        """A text under its name."""
        self.experiment.log_text(text, step=step, metadata={"name": name})

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Sound to play in the browser; Comet takes files."""
        from etude.render.audio import wav_bytes

        path = self.folder / f"{name}.wav"
        write_atomically(path, wav_bytes(np.repeat(samples[:, None], 2, axis=1), rate))
        self.experiment.log_audio(str(path), file_name=path.name, step=step)

    def close(self) -> None:
        """Packs the archive."""
        self.experiment.end()


def tracker(run: Run) -> CometTracker:
    """The mirror of a run. Raises MissingPart when the package is not installed."""
    return CometTracker(module(), run)
