"""`etude rerun`: make a file again from the line inside it."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Answered, Output, answers, examples


@click.command(
    "rerun",
    epilog=examples("etude rerun out/mine-7-001-t1.mid", "etude rerun old/tune.wav --model runs/mine --out again"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", help="Where the model is now, if it moved.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the new file.  [only compare]"
)
@answers
def command(output: Output, file: Path, model: str | None, out: Path | None) -> None:
    """Make FILE again from the line inside it, and say if it is the same."""
    from etude.lab.rerunning import rerun

    again = rerun(file, model=model, out=out)
    for line in again.differences:
        output.say(f"differs: {line}")
    words = "the same bytes" if again.same else "not the same bytes"
    output.result(
        {"same": again.same, "differences": again.differences, "path": again.path},
        f"{file}: {words}" + (f", written to {again.path}" if again.path else ""),
        again.reproduce,
    )
    if not again.same:
        raise Answered(1)
