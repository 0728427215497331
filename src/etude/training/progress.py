"""How far a training is: counters, the best so far, and the interval since the last evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from etude.training.plan import EVALUATIONS, Plan

COLD = 3  # the first updates are slower and count in no speed


@dataclass
class Progress:
    """Counters of a training; all of it goes into checkpoints as plain JSON values."""

    plan: Plan
    every: int = 0  # updates between evaluations; 0 = not known yet
    step: int = 0
    seconds: float = 0.0  # of all, evaluations and earlier sittings included
    cold_seconds: float = 0.0
    training_seconds: float = 0.0
    tokens: int = 0  # trained steps
    evaluated: int = 0  # the step of the last evaluation
    best_loss: float | None = None  # nats per step
    best_step: int = 0
    waited: int = 0  # evaluations since the best
    stopped: bool = False  # by patience
    reductions: int = 0  # of the learning rate, by plateaus
    level: int = 0  # evaluations since the best or the last reduction
    kept: int = 0  # the step of the last checkpoint kept for good
    train_loss: float = math.nan
    since: tuple[int, float, int] = (0, 0.0, 0)  # step, training seconds and tokens at the last evaluation
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.stopped or bool(self.plan.total and self.step >= self.plan.total)

    @property
    def due(self) -> bool:
        """Whether an evaluation is."""
        regular = bool(self.every) and self.step % self.every == 0
        return self.step > self.evaluated and (regular or self.over)

    @property
    def speed(self) -> float:
        """Updates a second, evaluations included."""
        return max(self.step - COLD, 1) / max(self.seconds - self.cold_seconds, 1e-9)

    def spend(self, seconds: float) -> None:
        """Counts time that passed."""
        self.seconds += seconds

    def updated(self, tokens: int, seconds: float) -> None:
        """Counts one update of `tokens` trained steps."""
        self.step += 1
        self.tokens += tokens
        self.training_seconds += seconds
        self.spend(seconds)
        if self.step == COLD:
            self.cold_seconds = self.seconds

    def follow(self, plan: Plan) -> None:
        """Takes up a plan; the first one that is known sets the rhythm of evaluations, if nothing else did."""
        self.plan = plan
        if plan.total and not self.every:
            self.every = max(1, plan.total // EVALUATIONS)

    def judge(self, loss: float, patience: int) -> bool:
        """Whether `loss` is the lowest so far. After `patience` evaluations without a better one it stops."""
        self.evaluated = self.step
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss, self.best_step, self.waited = loss, self.step, 0
            return True
        self.waited += 1
        self.stopped = bool(patience) and self.waited >= patience
        return False

    def reduce(self, evaluations: int) -> None:
        """Counts a reduction of the learning rate when the loss has not fallen for so many evaluations."""
        self.level = self.level + 1 if self.waited else 0
        if self.level >= evaluations:
            self.reductions, self.level = self.reductions + 1, 0

    def begin_interval(self) -> None:
        """Starts counting anew, as after an evaluation."""
        self.since = (self.step, self.training_seconds, self.tokens)

    def record(self) -> dict[str, Any]:
        """The counters that a log shows."""
        _, seconds, tokens = self.since
        return {
            "step": self.step,
            "total_steps": self.plan.total,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - tokens) / max(self.training_seconds - seconds, 1e-9),
        }

    def state(self) -> dict[str, Any]:
        """JSON values of all of it."""
        return asdict(replace(self, train_loss=0.0 if math.isnan(self.train_loss) else self.train_loss))

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Progress:
        """The progress that `state` was made from."""
        values = dict(state)
        return cls(**values | {"plan": Plan(**values["plan"]), "since": tuple(values["since"])})
