"""`etude measure`: measures of files."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("measure", epilog=examples("etude measure out/*.mid", "etude measure out --against folk --json"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--against", metavar="COLLECTION", help="Show the same measures of a collection beside them.")
@answers
def command(output: Output, files: tuple[Path, ...], against: str | None) -> None:
    """Range, rhythm, repetition and bars of FILES (or folders), beside a collection if you name one."""
    from etude.lab.measuring import measure_files

    found = measure_files(files, against)
    for line in found.refused:
        output.say(f"refused {line}")
    header = ["measure", "unit", "value", "low", "high", *(["reference"] if against else [])]
    rows = [
        (name, found.units[name], *(values[key] for key in ("value", "low", "high")))
        + ((values["reference"],) if against else ())
        for name, values in found.metrics.items()
    ]
    output.result({"metrics": found.metrics, "pieces": found.pieces}, output.table(header, rows))
