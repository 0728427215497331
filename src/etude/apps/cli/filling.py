"""The options that `infill` and `bridge` share: how bars are filled."""

from __future__ import annotations

import click

from etude.apps.cli.options import setting, together

# by a model that hears both sides, or by search
filling_options = together(
    setting(
        "--by",
        click.Choice(["auto", "training", "search"]),
        "auto",
        "training: MODEL hears both sides (it learned to, with data.infill); search: weigh many.",
    ),
    setting(
        "--tries",
        click.IntRange(1, 10_000),
        16,
        "Fillings that a search weighs by how well the rest follows them.",
        "N",
    ),
)
