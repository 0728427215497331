"""The options that `infill` and `bridge` share."""

from __future__ import annotations

from collections.abc import Callable

import click

Function = Callable[..., None]


def filling_options(function: Function) -> Function:
    """How bars are filled: by a model that hears both sides, or by search."""
    for option in reversed(
        (
            click.option(
                "--by",
                type=click.Choice(["auto", "training", "search"]),
                default="auto",
                show_default=True,
                help="training: MODEL hears both sides (it learned to, with data.infill); search: weigh many.",
            ),
            click.option(
                "--tries",
                type=click.IntRange(1, 10_000),
                default=16,
                show_default=True,
                metavar="N",
                help="Fillings that a search weighs by how well the rest follows them.",
            ),
        )
    ):
        function = option(function)
    return function
