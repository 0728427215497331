"""How well the next note is foretold: the figures of the TensorFlow music tutorial, beside a likelihood.

Conventions
    Notes are steps whose fields are pitch, step and duration, and perhaps velocity; begin, end and control steps
    are left out. Times in seconds. Every figure is a mean over notes.

Metrics
    pitch_nats        -ln p of the pitch; nats_per_note the sum over all fields, bits_per_note that over ln 2. The
                      end of a piece, one step in thousands, is not priced
    pitch_accuracy    share of notes whose likeliest pitch is the true one
    *_mae_seconds     mean absolute error of the number foretold: a head's own, or the median of its distribution
    weighted_loss     the tutorial's: 0.05 pitch_nats + squared error with positive pressure of step and duration,
                      of the number foretold or of the expected one. Squares of a few long waits rule it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Field

PITCH_WEIGHT = 0.05
PRESSURE = 10.0
TIMES = ("step", "duration")


class Foretold(Protocol):
    """Arrays [N, K]: see `etude.models.guessing.Guesses`."""

    @property
    def nats(self) -> NDArray[np.float64]:
        """-ln p of what came."""

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Whether it was the likeliest value."""

    @property
    def means(self) -> NDArray[np.float64]:
        """Expected numbers."""

    @property
    def medians(self) -> NDArray[np.float64]:
        """Medians."""


@dataclass(frozen=True)
class Notewise:
    """The metrics above over `notes` notes."""

    notes: int
    pitch_nats: float
    pitch_accuracy: float
    step_mae_seconds: float
    duration_mae_seconds: float
    weighted_loss: float
    nats_per_note: float
    nats_per_field: Mapping[str, float]

    @property
    def bits_per_note(self) -> float:
        """nats_per_note / ln 2."""
        return self.nats_per_note / float(np.log(2))


def is_note(steps: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Bool[N]: which of int[N, K] steps of the encoding `notes` are notes, by their pitch."""
    return np.asarray((steps[:, 0] >= 2) & (steps[:, 0] < 130))


def notewise(foretold: Foretold, steps: NDArray[np.int32], fields: Sequence[Field]) -> Notewise:
    """The Notewise of what was foretold of `steps` int32[N, K], all of them notes."""
    names = [field.name for field in fields]
    nats = foretold.nats.mean(axis=0)
    errors, squares = {}, 0.0
    for name in TIMES:
        column = names.index(name)
        true = np.asarray(fields[column].values)[steps[:, column]]
        errors[name] = float(np.abs(foretold.medians[:, column] - true).mean())
        squares += squared_with_pressure(foretold.means[:, column], true)
    return Notewise(
        notes=len(steps),
        pitch_nats=float(nats[0]),
        pitch_accuracy=float(foretold.hits[:, 0].mean()),
        step_mae_seconds=errors["step"],
        duration_mae_seconds=errors["duration"],
        weighted_loss=PITCH_WEIGHT * float(nats[0]) + squares,
        nats_per_note=float(nats.sum()),
        nats_per_field=dict(zip(names, map(float, nats))),
    )


def squared_with_pressure(foretold: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """The mean of (true - foretold)^2 + 10 max(-foretold, 0): the tutorial's `mse_with_positive_pressure`."""
    return float(((true - foretold) ** 2 + PRESSURE * np.maximum(-foretold, 0)).mean())
