"""Recipes: every one that comes with etude is whole, and every wrong setting is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.data import CollectionSummary
from etude.errors import UsageError
from etude.lab.choosing import choose
from etude.lab.recipe import load_recipe, recipe_names
from etude.lab.settings import explained


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_is_whole(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.purpose
    assert recipe.build_encoding().fields
    if not recipe.is_counted:
        assert load_recipe(name, ["model.layers=3"]).model_config().layers == 3


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("model.layer=3", "Did you mean 'model.layers'"),
        ("training.learning_rate=-1", "learning_rate"),
        ("encoding.name=note", "Did you mean 'notes'"),
        ("sampling.temperature=-1", "temperature"),
        ("data.transpose=[3,1]", "lowest"),
        ("model.width=160", "multiple of 16.*model.width=192"),
        ("modle.layers=3", "Did you mean 'model'"),
    ],
)
def test_wrong_settings_are_named(setting: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_recipe("folk", [setting])


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(UsageError, match="folk"):
        load_recipe("flok")
    with pytest.raises(UsageError, match=r"no recipe file"):
        load_recipe("missing.toml")


def test_a_file_can_be_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('purpose = "mine"\n[encoding]\nname = "letters"\n')
    assert load_recipe(str(path)).name == "mine"


def test_settings_say_where_they_come_from() -> None:
    found = {item.key: item for item in explained("folk", ["model.layers=7"])}
    assert (found["model.layers"].value, found["model.layers"].origin) == (7, "--set")
    assert found["model.kind"].origin == "recipe folk"
    assert found["training.clip"].origin == "default"


def summary(**changes: float) -> CollectionSummary:
    values: dict[str, float] = {
        **dict.fromkeys(("files", "pieces", "voices", "largest_voices"), 1),
        **dict.fromkeys(("drums", "performed", "monophonic", "chord_symbols", "four_voices"), 0.0),
        **{"notes": 100_000, "seconds": 1.0, "velocities": 1, "median_notes": 100},
    }
    return CollectionSummary(**{**values, **changes}, meters={"4/4": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "recipe"),
    [
        ({"drums": 0.9}, "drums"),
        ({"performed": 0.9}, "performance"),
        ({"four_voices": 0.95, "voices": 4}, "chorale"),
        ({"monophonic": 0.95}, "folk"),
        ({"voices": 3}, "band"),
        ({}, "scores"),
    ],
)
def test_the_choice_follows_the_collection(changes: dict[str, float], recipe: str) -> None:
    choice = choose(summary(**changes))
    assert choice.recipe == recipe
    load_recipe(choice.recipe, choice.settings)


def test_little_music_gets_a_narrow_model() -> None:
    choice = choose(summary(monophonic=1.0, notes=5_000))
    assert "model.width=128" in choice.settings
    assert "5,000 notes" in choice.reason
