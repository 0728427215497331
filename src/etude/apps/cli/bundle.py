"""`etude bundle`: a run becomes a model that is called by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Output, answers, examples


@click.command(
    "bundle",
    epilog=examples(
        "etude bundle runs/folk --name folk --out bundled",
        "ETUDE_BUNDLED=bundled etude compose folk",
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What it is called by: small letters, digits and _.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("bundled"),
    show_default=True,
    help="Folder; ETUDE_BUNDLED names the one that is looked into.",
)
@answers
def command(output: Output, run: Path, **options: Any) -> None:
    """Make RUN a model that is called by name: small and full weights, passage index, facts, card.

    Only what learned from data that may be passed on can be bundled.
    """
    from etude.lab.bundling.making import bundle

    made = bundle(run, watch=lambda event: output.say(event["text"]), **options)
    answer = made.answer()
    text = "\n".join(f"{path}  {size / 1e6:.2f} MB" for path, size in answer["files"].items())
    output.result(answer, text)
