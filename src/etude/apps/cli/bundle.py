"""`etude bundle`: a run becomes a model that is called by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Output, answers, examples


@click.command(
    "bundle",
    epilog=examples(
        "etude bundle runs/folk --name folk --count 100 --card docs/models/folk.md",
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
@click.option(
    "--card", type=click.Path(path_type=Path, dir_okay=False), help="Write its model card there, Markdown."
)
@click.option(
    "--count",
    type=click.IntRange(0, 10_000),
    default=100,
    show_default=True,
    help="Pieces composed to be judged; 0 for none.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Their random number."
)
@click.option("--likelihood/--no-likelihood", default=True, help="Price held-out pieces, beside the baselines.")
@click.option("--two-sample", is_flag=True, help="Train fresh critics to tell the pieces from held-out ones.")
@click.option("--critic", metavar="FOLDER", help="A critic that lends those its first weights.")
@answers
def command(output: Output, run: Path, name: str, out: Path, card: Path | None, **options: Any) -> None:
    """Make RUN a model that is called by name: small and full weights, passage index, facts, card.

    Only what learned from data that may be passed on can be bundled. The card holds measured figures only.
    """
    from etude.lab.bundling.figures import Ask
    from etude.lab.bundling.making import bundle

    made = bundle(run, name, out, card=card, ask=Ask(**options), watch=lambda event: output.say(event["text"]))
    answer = made.answer()
    text = "\n".join(f"{path}  {size / 1e6:.2f} MB" for path, size in answer["files"].items())
    output.result(answer, text + (f"\n{made.card}" if made.card else ""))
