"""What is kept, together: best.toml, confirmed with fresh seeds, and looked at once on the test side."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from etude.config import write_toml
from etude.evaluation.effects import Effect, effects
from etude.files import write_atomically
from etude.lab.recipe import load_recipe
from etude.lab.reproduce.bench import Bench
from etude.lab.study import outcomes as measured
from etude.lab.study.analysis import Compared, figure
from etude.lab.study.checking import Checked, checked
from etude.lab.study.plan import BASELINE, Plan, Variant, folder_name, named
from etude.lab.study.running import RECIPE, arms_of, train

NAME = "best.toml"
LOOKS = "looks.json"  # every look at the test side, dated: the first is the one to quote
BEST = "best"


@dataclass(frozen=True)
class Confirmation:
    """The kept changes together against the baseline, on seeds that decided nothing."""

    changes: Mapping[str, str]
    seeds: int
    valid: Effect
    test: Effect
    test_means: tuple[float, float]  # baseline and best, bits a note
    looked: str  # when the test side was looked at
    looks: int  # how often it was, of this study

    @property
    def sentence(self) -> str:
        """What was confirmed, in words."""
        kept = named(self.changes)
        told = {
            "lower": "confirmed",
            "higher": "not confirmed: worse than the baseline",
            "no evidence": "not confirmed: no evidence of a difference",
            "the same": "not confirmed: no difference",
        }[self.valid.direction]
        if self.seeds == 1:
            told = "one seed confirms nothing"
        base, best = map(figure, self.test_means)
        again = "" if self.looks == 1 else f" This is look number {self.looks}: no longer an untouched figure."
        return (
            f"{kept} together, {_fresh(self.seeds)}: {told} ({_within(self.valid)} on validation). On the "
            f"test side, looked at on {self.looked}: {best} bits/note beside {base} of the baseline "
            f"({_within(self.test)}).{again}"
        )

    def answer(self) -> dict[str, Any]:
        """Plain values of all of it."""
        return {**asdict(self), "sentence": self.sentence}


def _fresh(seeds: int) -> str:
    return f"{seeds} fresh seed{'s' * (seeds > 1)}"


def _within(effect: Effect) -> str:
    if math.isnan(effect.low):
        return f"{effect.mean:+.3f} bits"
    return f"{effect.mean:+.3f}, {effect.low:+.3f} to {effect.high:+.3f} bits"


def kept_changes(found: Sequence[Compared], variants: Sequence[Variant]) -> dict[str, str]:
    """The settings of what is kept: of several values of one setting the best one, of a ladder the last."""
    by_name = {one.name: one for one in variants}
    out: dict[str, tuple[float, str]] = {}
    for one in found:
        arm = by_name.get(one.contrast.arm)
        if one.decision != "keep" or arm is None:
            continue
        gain = abs(one.effect.mean)
        own = {one.contrast.factor: arm.changes[one.contrast.factor]} if one.contrast.factor else dict(arm.changes)
        for key, value in own.items():
            stepwise = arm.beside != BASELINE
            if key not in out or stepwise or gain > out[key][0]:
                out[key] = (gain, value)
    return {key: value for key, (_, value) in out.items()}


def write_best(folder: Path, changes: Mapping[str, str]) -> Path | None:
    """best.toml: the baseline with the kept changes, ready for `etude train`; None where nothing is kept."""
    path = folder / NAME
    if not changes:
        path.unlink(missing_ok=True)
        return None
    recipe = load_recipe(str(folder / RECIPE), [f"{key}={value}" for key, value in changes.items()])
    values = {"format_version": 1, **recipe.mapping(), "name": f"{recipe.name}-best"}
    write_atomically(path, write_toml(values).encode())
    return path


def confirmed(plan: Plan, changes: Mapping[str, str], bench: Bench, jobs: int, threads: int) -> Confirmation | None:
    """The kept changes and the baseline trained with fresh seeds and compared; None where some run failed."""
    seeds = plan.fresh
    arms = [Variant(BASELINE), Variant(f"{BEST} ({named(changes)})", changes)]
    found: Checked = checked(replace(plan, allow_multi=True), arms, str(bench.folder / RECIPE))
    wanted = {arm.name: arm for arm in arms_of(plan, found, bench.folder, seeds, threads)}
    fresh = replace(bench, arms=wanted)
    bench.say(f"confirming {named(changes)} with {_fresh(len(seeds))}")
    train(fresh, list(wanted.values()), jobs)
    if not all(fresh.trained(name) for name in wanted):
        return None
    names = [[folder_name(arm.name, seed) for seed in seeds] for arm in arms]
    valid = [[measured.trained_figures(fresh.run(name))["bits_per_note"] for name in row] for row in names]
    test = [[fresh.likelihood(name, "full", "test").bits_per_note for name in row] for row in names]
    looks = _looked(bench.folder, changes, len(seeds))
    return Confirmation(
        dict(changes),
        len(seeds),
        effects([valid[1]], valid[0])[0],
        effects([test[1]], test[0])[0],
        (sum(test[0]) / len(seeds), sum(test[1]) / len(seeds)),
        next(look["date"] for look in looks if look["changes"] == dict(changes)),
        [look["changes"] for look in looks].index(dict(changes)) + 1,
    )


def _looked(folder: Path, changes: Mapping[str, str], seeds: int) -> list[dict[str, Any]]:
    """Every look at the test side so far, this one noted if it is the first with these changes."""
    path = folder / LOOKS
    looks: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    if dict(changes) not in [look["changes"] for look in looks]:
        looks.append({"date": f"{datetime.now():%Y-%m-%d}", "changes": dict(changes), "seeds": seeds})
        write_atomically(path, (json.dumps(looks, indent=1) + "\n").encode())
    return looks
