"""Whether arms differ in nothing but what they name, and can be held against each other at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etude.errors import UsageError
from etude.lab.recipe import load_recipe
from etude.lab.settings import complete
from etude.lab.study.plan import BASELINE, Plan, Variant

# another value means other held-out pieces: figures on them are not about the model
OTHER_PIECES = ("data.collection", "data.tracks", "data.split", "data.valid_pieces", "data.valid_steps")
SEED = "training.seed"


@dataclass(frozen=True)
class Checked:
    """The arms with all settings of each (dotted key -> value), baseline first."""

    variants: list[Variant]
    settings: dict[str, dict[str, Any]]

    def differences(self, variant: Variant) -> dict[str, tuple[Any, Any]]:
        """Dotted key -> (beside, here) of every setting in which an arm differs from the one it is held against."""
        return differing(self.settings[variant.beside], self.settings[variant.name])


def differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Dotted key -> (first, second) where two sets of settings differ."""
    return {
        key: (first.get(key), second.get(key)) for key in {**first, **second} if first.get(key) != second.get(key)
    }


def checked(plan: Plan, variants: Sequence[Variant], recipe: str) -> Checked:
    """The arms of a plan on the recipe file `recipe`, every one of them trainable.

    Raises UsageError for an unknown setting, for one that changes what is held out, for arms that differ in more
    than one setting (unless that is asked for), and for two arms that are the same.
    """
    settings = {one.name: _settings(one, recipe) for one in variants}
    found = Checked(list(variants), settings)
    for one in variants:
        if one.name == BASELINE:
            continue
        if one.beside not in settings:
            raise UsageError(f"The arm '{one.name}' is held against '{one.beside}', and there is no such arm.")
        one_thing(found, one, plan)
    return found


def _settings(variant: Variant, recipe: str) -> dict[str, Any]:
    for key in variant.changes:
        if key in (SEED, "tracking.tracker"):
            raise UsageError(f"'{key}' is no change to study: --seeds N repeats every arm with seeds of its own.")
    return complete(load_recipe(recipe, variant.settings))


def one_thing(found: Checked, one: Variant, plan: Plan) -> None:
    """Raises UsageError for an arm that differs in more than one setting, in none, or in what is held out."""
    differences = found.differences(one)
    other = [key for key in differences if key in OTHER_PIECES]
    if other:
        raise UsageError(
            f"The arm '{one.name}' changes {', '.join(other)}: its figures would be on other held-out pieces, and "
            "a difference would say nothing of the model. Make a study of each."
        )
    if not differences and not one.changes:
        raise UsageError(f"The arm '{one.name}' is the same as '{one.beside}'.")
    if len(differences) > 1 and not plan.allow_multi and plan.design != "factorial":
        told = ", ".join(f"{key} ({here[0]} -> {here[1]})" for key, here in differences.items())
        raise UsageError(
            f"The arm '{one.name}' differs from '{one.beside}' in {len(differences)} settings: {told}. Nobody "
            "could say which of them did it. Change one at a time, or give --allow-multi."
        )
