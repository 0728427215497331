"""How many updates a training takes, and the learning rate of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from etude.training.config import TrainingConfig

LOOK = 0.08  # share of a time budget after which the number of updates is first set
FEWEST = 8  # updates before that, at least
RESERVE = 0.9  # of the time left, for evaluations that the first updates did not show
SLACK = 0.15  # how far from its budget a training may end, as a share of it
EVALUATIONS = 20
DECAY_UPDATES = 1000  # of an exponential schedule that names no number
DECAY_EVALUATIONS = 2  # of a plateau schedule that names no number


@dataclass(frozen=True)
class Plan:
    """Learning is over after `total` updates (0: not known yet); at update `begin` the share `done` lay behind it.

    A plan is part of every checkpoint, so a resumed training follows the same one.
    """

    total: int = 0
    begin: int = 0
    done: float = 0.0

    def progress(self, step: int) -> float:
        """The share of the schedule that lies behind update `step`, 0 to 1."""
        if not self.total:
            return 0.0
        if step >= self.total:
            return 1.0
        return self.done + (1 - self.done) * (step - self.begin) / (self.total - self.begin)

    def until(self, total: int, step: int) -> Plan:
        """The plan that ends at `total` instead, seen from update `step`: the learning rate does not jump."""
        return Plan(max(total, step + 1), step, self.progress(step))


def planned(plan: Plan, step: int, seconds: float, speed: float, minutes: float) -> Plan:
    """The plan after `seconds` of a budget of `minutes`, at `speed` updates a second.

    It is set once, from the speed of the first updates, and moved only when it would end far from the budget.
    """
    budget = 60 * minutes
    if not plan.total:
        if step < FEWEST or seconds < LOOK * budget:
            return plan
        return plan.until(step + int(RESERVE * (budget - seconds) * speed), step)
    if step >= plan.total:
        return plan
    end = seconds + (plan.total - step) / speed
    if abs(end - budget) <= SLACK * budget:
        return plan
    return plan.until(step + int((budget - seconds) * speed), step)


def late(seconds: float, minutes: float) -> bool:
    """Whether a budget of `minutes` is overdrawn, so that learning must end at once."""
    return seconds > (1 + SLACK) * 60 * minutes


def learning_rate(config: TrainingConfig, plan: Plan, step: int, reductions: int = 0) -> float:
    """The learning rate of update `step`: a line up to its peak, then what the schedule says.

    Half a cosine down to 0, constant, falling by an equal share at every update (Keras' ExponentialDecay), or
    falling by a factor at each of the `reductions` so far (Keras' ReduceLROnPlateau).
    """
    warmup = min(config.warmup, config.steps // 10) if config.minutes is None else config.warmup
    rate = config.learning_rate * min(1.0, (step + 1) / (warmup + 1))
    if config.schedule == "constant":
        return rate
    if config.schedule == "exponential":
        return float(rate * config.decay ** (step / (config.decay_every or DECAY_UPDATES)))
    if config.schedule == "plateau":
        return float(rate * config.decay**reductions)
    return rate * 0.5 * (1 + math.cos(math.pi * plan.progress(step)))
