"""A run as W&B shows it, kept offline in the run folder: nothing leaves the machine before `wandb sync`."""

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


def module() -> Any:
    """The package wandb, silenced. Raises MissingPart naming the extra."""
    for name, value in {"WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false", "WANDB_CONSOLE": "off"}.items():
        os.environ.setdefault(name, value)
    try:
        return import_module("wandb")
    except ImportError as error:
        raise MissingPart("The tracker W&B", "wandb") from error


class WandbTracker:
    """Writes into the run's `wandb/`."""

    def __init__(self, wandb: Any, run: Run) -> None:
        self.wandb, self.folder = wandb, run.folder / "wandb"
        self.folder.mkdir(exist_ok=True)
        quiet = wandb.Settings(disable_git=True, save_code=False, x_disable_stats=True)
        self.run = wandb.init(
            project="etude", name=run.folder.name, dir=str(run.folder), mode="offline", settings=quiet
        )

    def settings(self, values: Mapping[str, Any]) -> None:
        """Every setting in the configuration."""
        self.run.config.update(dict(values), allow_val_change=True)

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """A metric for every number."""
        self.run.log({name: value for name, value in values.items() if isinstance(value, (int, float))}, step=step)

    def text(self, name: str, text: str, step: int) -> None:
        """A text, its line breaks kept."""
        self.run.log({name: self.wandb.Html(f"<pre>{text}</pre>")}, step=step)

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Sound to play in the browser; W&B takes files."""
        from etude.render.audio import wav_bytes

        path = self.folder / f"{name}.wav"
        write_atomically(path, wav_bytes(np.asarray(samples)[:, None], rate))
        self.run.log({f"{name} to hear": self.wandb.Audio(str(path))}, step=step)

    def close(self) -> None:
        """Writes what is still held."""
        self.run.finish()


def tracker(run: Run) -> WandbTracker:
    """The mirror of a run. Raises MissingPart when the package is not installed."""
    return WandbTracker(module(), run)
