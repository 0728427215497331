"""How options are declared where several commands share them, or only their shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Function = Callable[..., None]
Option = Callable[[Function], Function]


def together(*options: Option) -> Option:
    """The options as one decorator; help lists them in the order given."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def setting(name: str, kind: Any, default: Any, says: str, metavar: str | None = None) -> Option:
    """An option with a default that help shows."""
    return click.option(name, type=kind, default=default, show_default=True, metavar=metavar, help=says)


# the words FILE [MODEL], and music typed in place of the file: see `handing.handed_in`
handing_options = together(
    click.argument("words", nargs=-1),
    click.option("--notes", help="Typed music instead of a file: ABC, letters or note names."),
)


def particles_option(says: str) -> Option:
    """--particles: how many ways of going on are weighed, and by what."""
    return setting("--particles", click.IntRange(1, 1000), 32, f"Ways of going on that are weighed by {says}", "N")
