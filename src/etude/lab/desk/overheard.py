"""A Stepper that lets others hear each step it is fed, can be stopped, and can be told again from memory.

A piece that is stopped is made a second time, of as many steps as were drawn. The second time the model is not
asked again: what it answered is replayed, which takes a few milliseconds and gives the same music to the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.stepper import State, Stepper


class Stopped(Exception):
    """Raised inside a piece that somebody stops. `drawn`: how many steps it has after its prompt."""

    def __init__(self, drawn: int) -> None:
        super().__init__(f"stopped after {drawn} steps")
        self.drawn = drawn


class Overheard:
    """`stepper`, with `hear(steps, fresh)` called for int32[T, K] more steps; `fresh`: a sequence begins here."""

    def __init__(
        self,
        stepper: Stepper,
        hear: Callable[[NDArray[np.int32], bool], None],
        stopped: Callable[[], bool],
        remembers: bool = True,
    ) -> None:
        self.stepper, self.hear, self.stopped, self.remembers = stepper, hear, stopped, remembers
        self.answers: list[Any] = []  # of every call, in order
        self.replayed: int | None = None  # calls answered from memory so far; None: the model is asked
        self.fresh = True
        self.length = 0  # steps of the sequence that is being fed
        self.opening: int | None = None  # steps of the first prompt

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self.stepper.field_sizes

    def replay(self) -> None:
        """From now on the calls made so far are answered from memory, and nobody hears or stops them."""
        self.replayed = 0

    def __getattr__(self, name: str) -> Any:
        """Whatever else the model can do, such as pricing whole sequences; nobody hears that."""
        if name == "stepper":  # not there yet
            raise AttributeError(name)
        return getattr(self.stepper, name)

    def start(self) -> State:
        """The state before anything was heard."""
        self.fresh, self.length = True, 0
        return self._answer(lambda: self.stepper.start())

    def fork(self, state: State) -> State:
        """A copy that stays good when the original is fed."""
        return self._answer(lambda: self.stepper.fork(state))

    def feed(self, state: State, steps: NDArray[np.int32]) -> State:
        """The state after `steps` (int32[T, K]) more. Raises Stopped when that was asked for."""
        if self.replayed is None:
            self.length += len(steps)
            self.opening = self.length if self.opening is None else self.opening
            self.hear(steps, self.fresh)
            self.fresh = False
            if self.stopped():
                raise Stopped(max(0, self.length - self.opening))
        return self._answer(lambda: self.stepper.feed(state, steps))

    def logits(self, state: State, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""
        found: NDArray[np.float32] = self._answer(lambda: self.stepper.logits(state, chosen))
        return found

    def _answer(self, ask: Callable[[], Any]) -> Any:
        if self.replayed is None:
            found = ask()
            if self.remembers:
                self.answers.append(found)
            return found
        self.replayed += 1
        if self.replayed > len(self.answers):
            raise RuntimeError("A piece told again asked its model for more than the first time.")
        return self.answers[self.replayed - 1]
