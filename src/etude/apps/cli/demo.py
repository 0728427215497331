"""`etude demo`: the whole loop, then a page to open."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples
from etude.apps.cli.train import TrainingDisplay


@click.command("demo", epilog=examples("etude demo", "etude demo --minutes 1 --out quick-look"))
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), default=3.0, show_default=True, help="Of training."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder.",
)
@click.option("--data", metavar="COLLECTION", help="Melodies to learn instead of the built-in folk tunes.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="The random number.")
@answers
def command(output: Output, minutes: float, out: Path, data: str | None, seed: int) -> None:
    """Train on built-in tunes, compose beside baselines, and write a page to open."""
    from etude.lab.demo import demo

    with TrainingDisplay(output) as watch:
        made = demo(out, minutes=minutes, data=data, seed=seed, watch=watch)
    rows = sorted(made.bits_per_note.items(), key=lambda row: row[1])
    text = output.table(["on held-out tunes", "bits per note"], rows)
    output.result(made.answer(), f"{text}\n\nOpen {made.page.resolve().as_uri()}")
