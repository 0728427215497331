"""Conditions made to count for more: classifier-free guidance over any Stepper.

Source: Ho and Salimans, "Classifier-free diffusion guidance" (2022); for the logits of sequence models, Sanchez et
al., "Stay on topic with classifier-free guidance" (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.stepper import State, Stepper


class Both(NamedTuple):
    """What the model remembers of the piece as it was told, and of the same piece left open."""

    told: State
    open: State


class Guided:
    """A Stepper that draws ln p = ln p(open) + strength * (ln p(told) - ln p(open)), up to a constant.

    `without` (int32[V_0]) exchanges the values of the first field that tell conditions for those that leave them
    open. Strength 1 is the model itself, bit by bit; 0 is the model that was told nothing. Twice the work of one.
    """

    def __init__(self, stepper: Stepper, without: NDArray[np.int32], strength: float) -> None:
        if not 0 <= strength <= 10:
            raise UsageError(f"--strength must be 0 (as if nothing was told) to 10, not {strength:g}; 1 is plain.")
        self.stepper, self.without, self.strength = stepper, without, strength

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self.stepper.field_sizes

    def start(self) -> Both:
        """The state before anything was heard."""
        return Both(self.stepper.start(), self.stepper.start())

    def fork(self, state: Both) -> Both:
        """A copy that stays good when the original is fed."""
        return Both(self.stepper.fork(state.told), self.stepper.fork(state.open))

    def feed(self, state: Both, steps: NDArray[np.int32]) -> Both:
        """The state after `steps` (int32[T, K]) more."""
        hidden = np.array(steps, np.int32)
        hidden[:, 0] = self.without[hidden[:, 0]]
        return Both(self.stepper.feed(state.told, steps), self.stepper.feed(state.open, hidden))

    def logits(self, state: Both, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""
        told = self.stepper.logits(state.told, chosen)
        if self.strength == 1:
            return told
        hidden = [int(self.without[value]) if field == 0 else value for field, value in enumerate(chosen)]
        plain = self.stepper.logits(state.open, hidden)
        likely, usual = _log_probabilities(told), _log_probabilities(plain)
        finite = np.isfinite(likely) & np.isfinite(usual)  # what either forbids stays as the told one has it
        difference = np.subtract(likely, usual, out=np.zeros_like(likely), where=finite)
        return np.asarray(np.where(finite, usual, likely) + self.strength * difference, np.float32)


def _log_probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Float64[V]: ln p; -inf where a value is forbidden."""
    scores = logits.astype(np.float64)
    top = scores.max()
    if not np.isfinite(top):  # certain values, or a broken model: `draw` knows what to do with either
        return scores
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum()))
