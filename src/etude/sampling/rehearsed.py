"""A Stepper that has heard something else than what is written before it goes on: a piece told out of order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.stepper import State, Stepper

_NOTHING: Any = None  # the state before the prompt


class Rehearsed:
    """`stepper`, which hears `heard` (int32[T, K]) in place of the first steps it is fed; the rest as they come.

    The Reader of the walk meanwhile reads what is written, so that masks and model may know the same music in
    different orders.
    """

    def __init__(self, stepper: Stepper, heard: NDArray[np.int32]) -> None:
        self.stepper, self.heard = stepper, heard

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self.stepper.field_sizes

    def start(self) -> State:
        """The state before anything was heard."""
        return _NOTHING

    def fork(self, state: State) -> State:
        """A copy that stays good when the original is fed."""
        return _NOTHING if state is _NOTHING else self.stepper.fork(state)

    def feed(self, state: State, steps: NDArray[np.int32]) -> State:
        """The state after `steps` (int32[T, K]) more; after `heard` where they are the first."""
        if state is _NOTHING:
            return self.stepper.feed(self.stepper.start(), self.heard)
        return self.stepper.feed(state, steps)

    def logits(self, state: State, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""
        return self.stepper.logits(state, chosen)
