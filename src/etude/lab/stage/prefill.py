"""A model's state after music that keeps growing: only what is new is fed, and a changed ending costs little."""

from __future__ import annotations

from typing import Any

import numpy as np

from etude.encodings import Steps
from etude.stepper import Stepper

KEPT = 6  # states to go back to


class Prefill:
    """The state of `stepper` after all but the last of some steps, kept up with as they grow."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.steps: Steps = np.zeros((0, len(stepper.field_sizes)), np.int32)  # that the newest state has heard
        self.states: list[tuple[int, Any]] = [(0, stepper.start())]  # (steps heard, state)
        self.fed = 0  # steps that were fed in all: how much work it was

    def state_before_last(self, steps: Steps) -> Any:
        """A state, free to be used up, that has heard `steps` (int32[T >= 1, K]) without the last."""
        steps = steps[:-1]
        known = min(len(steps), len(self.steps))
        same = np.flatnonzero((steps[:known] != self.steps[:known]).any(axis=1))
        common = int(same[0]) if len(same) else known
        while self.states[-1][0] > common:
            self.states.pop()
        heard, state = self.states[-1]
        if len(steps) > heard:
            state = self.stepper.feed(self.stepper.fork(state), steps[heard:])
            self.fed += len(steps) - heard
            self.states.append((len(steps), state))
            self.states = [self.states[0], *self.states[1:][-KEPT:]]
        self.steps = steps
        return self.stepper.fork(state)
