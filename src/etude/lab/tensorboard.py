"""A run as TensorBoard shows it: its settings under HPARAMS, figures, texts and sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from etude.lab.run import Run

SHOWN = ("valid_nats_per_step", "valid_bits_per_note")  # beside the settings


class TensorBoardTracker:
    """Writes event files into the run's `tensorboard/`."""

    def __init__(self, run: Run) -> None:
        self.writer = SummaryWriter(str(run.folder / "tensorboard"))

    def settings(self, values: Mapping[str, Any]) -> None:
        """Every setting, as a row of HPARAMS whose figures are the run's own scalars."""
        plain = {
            key: value if isinstance(value, (int, float, str)) else str(value) for key, value in values.items()
        }
        assert self.writer.file_writer is not None
        for summary in hparams(plain, dict.fromkeys(SHOWN, 0.0)):
            self.writer.file_writer.add_summary(summary)
        self.writer.flush()

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """A scalar for every number."""
        for name, value in values.items():
            if isinstance(value, (int, float)) and name != "step":
                self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def text(self, name: str, text: str, step: int) -> None:
        """The text as it stands, in a block of its own."""
        block = "\n".join(f"    {line}" for line in text.splitlines())
        self.writer.add_text(name, block, step)

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Sound to play in the browser."""
        self.writer.add_audio(name, samples[None], step, sample_rate=rate)

    def close(self) -> None:
        """Writes what is still held."""
        self.writer.close()
