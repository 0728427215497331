"""`etude bridge`: bars that lead from one piece to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.filling import filling_options
from etude.apps.cli.options import setting
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "bridge",
    epilog=examples(
        "etude bridge reel.abc other-reel.abc runs/mine --bars 4 --format abc,mid",
        "etude bridge verse.mid chorus.mid runs/mine --bars 2 --count 4 --seed 7",
    ),
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.argument("model", required=False)
@setting("--bars", click.IntRange(1, 64), 4, "How many bars.")
@filling_options
@reworking_options
@answers
def command(output: Output, first: str, second: str, model: str | None, **options: Any) -> None:
    """Compose bars that lead from piece A to piece B, both files, with MODEL: A, the bridge and B are one piece."""
    from etude.errors import BadInput, Reason
    from etude.lab.bridging import Bridge

    for name in (first, second):
        if not Path(name).is_file():
            raise BadInput(f"There is no file {name} to bridge.", Reason.UNREADABLE)
    task = Bridge.leading_to(second, *(options.pop(name) for name in ("bars", "by", "tries")))
    make_pieces(output, model, first, options, task)
