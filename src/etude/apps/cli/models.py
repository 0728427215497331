"""`etude models`: what you can compose with."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("models", epilog=examples("etude models", "etude models --folder experiments --json"))
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where to look."
)
@answers
def command(output: Output, folder: Path) -> None:
    """List the models you can compose with: those that come with etude, finished runs and exported files."""
    from etude.lab.catalogue import catalogue, in_words

    found = catalogue(folder)
    if not found and not output.as_json:
        output.say("No model yet. Train one: etude train --data my-tunes")
    rows = [
        (item.name, item.kind, item.encoding, item.size_mb, in_words(item.figures), item.licence) for item in found
    ]
    header = ["model", "kind", "encoding", "MB", "bits per note", "licence of its data"]
    output.result({"models": [vars(item) for item in found]}, output.table(header, rows) if rows else "")
