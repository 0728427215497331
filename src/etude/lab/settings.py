"""Every setting of a recipe with the place its value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from etude.config import to_mapping
from etude.lab.history import flat
from etude.lab.recipe import DataConfig, Recipe, load_recipe
from etude.lab.trackers import TrackingConfig


@dataclass(frozen=True)
class Setting:
    """One setting: its dotted key, its value, and "default", the recipe's name or "--set"."""

    key: str
    value: Any
    origin: str


def explained(name: str, assignments: Sequence[str] = ()) -> list[Setting]:
    """All settings of the recipe `name` after `assignments`, in the order of its tables."""
    recipe = load_recipe(name, assignments)
    given = {assignment.partition("=")[0].strip() for assignment in assignments}
    written = flat(load_recipe(name).mapping())
    defaults = flat({"data": to_mapping(DataConfig()), "tracking": to_mapping(TrackingConfig())})
    out = []
    for key, value in complete(recipe).items():
        if key in given:
            origin = "--set"
        elif key in written and defaults.get(key) != value:
            origin = f"recipe {recipe.name}"
        else:
            origin = "default"
        out.append(Setting(key, value, origin))
    return out


def complete(recipe: Recipe) -> dict[str, Any]:
    """Every setting of a recipe by dotted key, those left at their defaults too, in the order of its tables."""
    return flat(
        {
            "data": to_mapping(recipe.data),
            "encoding": {"name": recipe.encoding.get("name"), **recipe.build_encoding().settings},
            "model": _model(recipe),
            "training": to_mapping(recipe.training_config()),
            "sampling": to_mapping(recipe.sampling_config()),
            "tracking": to_mapping(recipe.tracking),
        }
    )


def _model(recipe: Recipe) -> dict[str, Any]:
    if recipe.is_ngram:
        return dict(recipe.model)
    if recipe.is_counted:
        return {"kind": recipe.model["kind"], **to_mapping(recipe.learner())}
    return to_mapping(recipe.model_config())
