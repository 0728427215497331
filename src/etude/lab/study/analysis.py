"""What the figures of the runs say of each thing that was asked, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.effects import Effect, Power, effects_of_gaps
from etude.evaluation.intervals import Interval, over_seeds
from etude.lab.study.designs import Contrast
from etude.lab.study.outcomes import Outcome
from etude.lab.study.running import Row


@dataclass(frozen=True)
class Compared:
    """One question with its answer for every outcome; the first outcome decides."""

    contrast: Contrast
    outcome: Outcome
    effects: Mapping[str, Effect]

    @property
    def effect(self) -> Effect:
        """The effect on the outcome that decides."""
        return self.effects[self.outcome.key]

    @property
    def decision(self) -> str:
        """ "keep", "drop", "no evidence", "no difference", or what direction where neither is better."""
        direction = self.effect.direction
        if direction == "the same":
            return "no difference"
        if direction == "no evidence" or self.contrast.kind == "interaction" or not self.outcome.better:
            return direction
        return "keep" if direction == self.outcome.better else "drop"

    @property
    def verdict(self) -> str:
        """The answer in words, with the interval."""
        effect, unit = self.effect, self.outcome.unit or self.outcome.label
        if effect.direction == "the same":
            return "no difference"
        if effect.direction == "no evidence":
            return f"no evidence{_why(effect, unit)}"
        low, high = sorted((abs(effect.low), abs(effect.high)))
        between = figure(low) if figure(low) == figure(high) else f"{figure(low)}-{figure(high)}"
        if self.contrast.kind == "interaction":
            return f"interaction: together {effect.direction} by {between} {unit} than the sum of each alone"
        advice = f": {self.decision}" if self.outcome.better else ""
        return f"{effect.direction} by {between} {unit}{advice}"

    def answer(self) -> dict[str, Any]:
        """Plain values of all of it."""
        return {
            **_plain(self.effect),
            "verdict": self.verdict,
            "decision": self.decision,
            "kind": self.contrast.kind,
            "outcomes": {key: _plain(effect) for key, effect in self.effects.items()},
        }


def _plain(effect: Effect) -> dict[str, Any]:
    return {
        "effect": effect.mean,
        **{key: getattr(effect, key) for key in ("low", "high", "standard_error", "chance", "pairs")},
    }


def _why(effect: Effect, unit: str) -> str:
    if effect.pairs == 0:
        return " (no run to compare)"
    if math.isnan(effect.low):
        return f" (one seed only: {effect.mean:+.3f} {unit})"
    return f" ({span(effect)} {unit})"


def figure(value: float) -> str:
    """A number as a table shows it: three digits after the point below 100, fewer above, none of a whole one."""
    if math.isnan(value):
        return "-"
    if value and value == round(value):
        return f"{value:,.0f}"
    if value and abs(value) < 0.01:
        return f"{value:.1g}"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def short(mean: Interval) -> str:
    """A mean and half its interval, with no more digits than they deserve."""
    half = (mean.high - mean.low) / 2
    return figure(mean.mean) if math.isnan(half) else f"{figure(mean.mean)} ± {figure(half)}"


def signed(value: float) -> str:
    """A number with its sign; a dash for what is not known."""
    if math.isnan(value):
        return "-"
    return ("+" if value >= 0 else "-") + figure(abs(value))


@dataclass(frozen=True)
class Columns:
    """The figures of all runs: for an arm and an outcome float64[seeds], NaN where there is none."""

    rows: Sequence[Row]
    seeds: Sequence[int]

    def of(self, arm: str, outcome: str) -> NDArray[np.float64]:
        """The figures of one arm, in the order of the seeds."""
        found = {row.seed: row.figures.get(outcome, math.nan) for row in self.rows if row.arm == arm}
        return np.array([found.get(seed, math.nan) for seed in self.seeds], np.float64)

    def mean(self, arm: str, outcome: str) -> Interval | None:
        """The mean of an arm over its seeds; None where it has no figure."""
        known = [value for value in self.of(arm, outcome).tolist() if not math.isnan(value)]
        return over_seeds(known) if known else None

    def gap(self, contrast: Contrast, outcome: str) -> NDArray[np.float64]:
        """Float64[pairs]: the weighted sum of the arms' figures for every seed that all of them have."""
        total = sum(weight * self.of(arm, outcome) for arm, weight in contrast.weights.items())
        sums = np.asarray(total, np.float64)
        return sums[~np.isnan(sums)]


def compared(columns: Columns, contrasts: Sequence[Contrast], outcomes: Sequence[Outcome]) -> list[Compared]:
    """A Compared for each contrast; the first of `outcomes` decides. Each outcome is a family of its own."""
    found = {one.key: effects_of_gaps([columns.gap(ask, one.key) for ask in contrasts]) for one in outcomes}
    return [
        Compared(ask, outcomes[0], {key: effects[number] for key, effects in found.items()})
        for number, ask in enumerate(contrasts)
    ]


def span(effect: Effect) -> str:
    """The interval of an effect; a dash where there is none."""
    return "-" if math.isnan(effect.low) else f"{signed(effect.low)} to {signed(effect.high)}"


def family(found: Sequence[Compared]) -> int:
    """How many comparisons have runs enough for an interval: what the level is divided by."""
    return sum(not math.isnan(one.effect.low) for one in found)


def power_sentence(found: Sequence[Compared], seeds: int) -> str:
    """What the design can find, in standard errors and, where the runs tell their spread, in the outcome's unit."""
    count = family(found) or max(1, len(found))
    power = Power(seeds, count)
    many = f"{count} comparison{'s' * (count != 1)} over {seeds} paired seed{'s' * (seeds != 1)}"
    if seeds < 2:
        return f"Power: {many}: none. One seed cannot tell a change from chance; give --seeds 3 or more."
    errors = [one.effect.standard_error for one in found if one.effect.standard_error > 0]
    told = f"Power: {many}: an effect of two standard errors is found in {power(2):.0%} of such studies"
    unit = found[0].outcome.unit or found[0].outcome.label if found else ""
    if not errors:
        return f"{told}, one of {power.needed:.1f} in 80 %."
    typical = float(np.median(errors))
    return (
        f"{told}, one of {power.needed:.1f} in 80 %: with the spread of these runs (standard error "
        f"{figure(typical)} {unit}) that is {figure(power.needed * typical)} {unit}."
    )


def target_of(columns: Columns, arm: str) -> float:
    """The loss that every run of an arm reached, nats a step: its worst; NaN without a run."""
    values = columns.of(arm, "nats_per_step")
    return float(np.nanmax(values)) if not np.isnan(values).all() else math.nan
