"""What sampling, evaluation and live play know of a model: two protocols over integers.

Neither mentions music, torch or ONNX. `models` and `engine` satisfy them; the rooms above take either.
Shapes: T steps of K fields; V_k is the vocabulary size of field k. Unit of likelihood: nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

State = Any  # belongs to the stepper that made it


class Stepper(Protocol):
    """A model fed one step at a time. State goes in and comes out; nothing is remembered in between."""

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""

    def start(self) -> State:
        """The state before anything was heard."""

    def feed(self, state: State, steps: NDArray[np.int32]) -> State:
        """The state after `steps` (int32[T, K]) more. The state handed in may be used up: see `fork`."""

    def fork(self, state: State) -> State:
        """A copy that stays good when the original is fed."""

    def logits(self, state: State, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""


class Scorer(Protocol):
    """A model that prices whole sequences at once."""

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""

    def nats(self, steps: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
