"""From factors to arms and to what is held against what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etude.errors import UsageError
from etude.lab.study.plan import BASELINE, Factor, Plan, Variant, named, same_value, unique

MOST = 200  # arms


@dataclass(frozen=True)
class Contrast:
    """What is asked of the arms: their figures, weighted, with weights that sum to 0."""

    name: str
    weights: Mapping[str, float]
    factor: str = ""
    value: str = ""
    kind: str = "effect"  # or "interaction": what is asked
    arm: str = ""  # the arm that it decides about, if one


def variants_of(plan: Plan, base: Mapping[str, Any]) -> list[Variant]:
    """The baseline and every arm of a design; `base`: dotted key -> the baseline's own value.

    Raises UsageError for a factor without a value that is not the baseline's own, and for too many arms.
    """
    made = {"one-at-a-time": _singly, "ladder": _ladder, "factorial": _factorial}
    levels = [(factor, _levels(factor, base)) for factor in plan.factors if plan.design in made]
    arms = list(made[plan.design](levels)) if plan.design in made else []
    out = [Variant(BASELINE), *arms, *plan.own]
    unique(out)
    if len(out) > MOST:
        raise UsageError(f"These are {len(out)} arms; {MOST} are the most. Vary fewer things at a time.")
    return out


def _levels(factor: Factor, base: Mapping[str, Any]) -> list[str]:
    """The values that are not the baseline's own."""
    if any(".." in value for value in factor.values):
        raise UsageError(f"'{factor.key}' is given a range: only --design search chooses from ranges; name values.")
    own = base.get(factor.key)
    found = [value for value in factor.values if not same_value(value, own)]
    if not found:
        raise UsageError(
            f"'{factor.key}' is {own} in the baseline already, and no other value is to be tried: name another one."
        )
    return found


def _singly(levels: Sequence[tuple[Factor, list[str]]]) -> Iterator[Variant]:
    for factor, values in levels:
        for value in values:
            yield _variant({factor.key: value}, factor, BASELINE)


def _ladder(levels: Sequence[tuple[Factor, list[str]]]) -> Iterator[Variant]:
    changes: dict[str, str] = {}
    before = BASELINE
    for factor, values in levels:
        for value in values:
            changes = {**changes, factor.key: value}
            step = _variant(changes, factor, before)
            before = step.name
            yield step


def _factorial(levels: Sequence[tuple[Factor, list[str]]]) -> Iterator[Variant]:
    for combination in itertools.product(*([None, *values] for _, values in levels)):
        chosen = [(factor, value) for (factor, _), value in zip(levels, combination) if value is not None]
        if chosen:
            changes = {factor.key: value for factor, value in chosen}
            yield _variant(changes, chosen[0][0] if len(chosen) == 1 else Factor("", ()), BASELINE)


def _variant(changes: Mapping[str, str], factor: Factor, beside: str) -> Variant:
    return Variant(named(changes), changes, beside, factor.key, factor.hypothesis, factor.expected)


def contrasts_of(plan: Plan, variants: Sequence[Variant]) -> list[Contrast]:
    """What a design asks: each arm against the one before it; of a factorial design effects and interactions."""
    if plan.design == "factorial":
        return list(_crossed(plan, variants))
    return [
        Contrast(
            one.name, {one.name: 1.0, one.beside: -1.0}, one.factor, one.changes.get(one.factor, ""), arm=one.name
        )
        for one in variants
        if one.name != BASELINE and not one.planned
    ]


def _crossed(plan: Plan, variants: Sequence[Variant]) -> Iterator[Contrast]:
    crossed = {tuple(sorted(one.changes.items())): one.name for one in variants if one not in plan.own}
    tried = {
        factor.key: list(dict.fromkeys(dict(key)[factor.key] for key in crossed if factor.key in dict(key)))
        for factor in plan.factors
    }
    for key, values in tried.items():
        for value in values:
            yield Contrast(named({key: value}), _main(crossed, key, value), key, value, arm=named({key: value}))
    for (first, ones), (second, others) in itertools.combinations(tried.items(), 2):
        for one, other in itertools.product(ones, others):
            pair = {first: one, second: other}
            yield Contrast(" x ".join(named({k: v}) for k, v in pair.items()), _interaction(crossed, pair),
                           kind="interaction")  # fmt: skip
    for arm in plan.own:
        if not arm.planned:
            yield Contrast(arm.name, {arm.name: 1.0, arm.beside: -1.0}, arm=arm.name)


def _main(crossed: Mapping[tuple[tuple[str, str], ...], str], key: str, value: str) -> dict[str, float]:
    """With the value minus without any value of its factor, averaged over all settings of the others."""
    pairs = [
        (name, crossed[tuple((k, v) for k, v in changes if k != key)])
        for changes, name in crossed.items()
        if (key, value) in changes
    ]
    weights: dict[str, float] = {}
    for with_it, without in pairs:
        weights[with_it] = weights.get(with_it, 0.0) + 1 / len(pairs)
        weights[without] = weights.get(without, 0.0) - 1 / len(pairs)
    return weights


def _interaction(crossed: Mapping[tuple[tuple[str, str], ...], str], pair: Mapping[str, str]) -> dict[str, float]:
    """Both together minus the sum of each alone, averaged over all settings of the other factors."""
    corners = [changes for changes in crossed if all((key, value) in changes for key, value in pair.items())]
    weights: dict[str, float] = {}
    for corner in corners:
        for dropped in itertools.product((False, True), repeat=2):
            out = [key for key, drop in zip(pair, dropped) if drop]
            name = crossed[tuple((k, v) for k, v in corner if k not in out)]
            weights[name] = weights.get(name, 0.0) + (-1) ** sum(dropped) / len(corners)
    return weights
