"""`etude config`: the settings of a recipe and where each comes from."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.group("config", epilog=examples("etude config show folk --origin", "etude config recipes"))
def command() -> None:
    """Show settings and where each comes from."""


@command.command(
    "show", epilog=examples("etude config show folk", "etude config show folk --origin --set model.layers=3")
)
@click.argument("recipe", default="folk")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting to change.")
@click.option("--origin", is_flag=True, help="Say for each setting where its value comes from.")
@answers
def show(output: Output, recipe: str, settings: tuple[str, ...], origin: bool) -> None:
    """All settings of a recipe, defaults written out."""
    from etude.lab.settings import explained

    found = explained(recipe, settings)
    header = ["setting", "value", "from"] if origin else ["setting", "value"]
    rows = [(item.key, item.value, item.origin)[: len(header)] for item in found]
    output.result(
        {item.key: {"value": item.value, "origin": item.origin} for item in found}, output.table(header, rows)
    )


@command.command("recipes", epilog=examples("etude config recipes", "etude config recipes --json"))
@answers
def recipes(output: Output) -> None:
    """The recipes that come with etude."""
    from etude.lab.recipe import load_recipe, recipe_names

    found = {name: load_recipe(name).purpose for name in recipe_names()}
    output.result(found, output.table(["recipe", "purpose"], list(found.items())))
