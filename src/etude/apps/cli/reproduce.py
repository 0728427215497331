"""`etude reproduce`: a recorded experiment, from data to its row in docs/results.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etude.apps.cli.output import Output, answers, examples
from etude.apps.cli.train import tell_of_arms

if TYPE_CHECKING:
    from etude.lab.reproduce.catalogue import Reproduced


@click.command(
    "reproduce",
    epilog=examples(
        "etude reproduce",
        "etude reproduce seed0-letters --data archives",
        "etude reproduce seed1-folk --data irish.abc --minutes 10 --out quick",
    ),
)
@click.argument("name", required=False)
@click.option("--data", type=click.Path(path_type=Path), help="A folder with the archives or the official files.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to.  [reproduced/NAME]")
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="For all trainings together, on one processor.  [each as published]",
)
@click.option("--only", multiple=True, metavar="ARM", help="Train this one only (repeatable); write no report.")
@click.option("--jobs", type=click.IntRange(1), help="Processors to use at a time.  [all]")
@answers
def command(output: Output, name: str | None, **options: Any) -> None:
    """Do a recorded experiment again. Without NAME, list those there are.

    Trainings that are finished in OUT are used as they are: give the same command again to go on.
    """
    from etude.lab.reproduce.catalogue import REPRODUCTIONS, reproduce

    if name is None:
        rows = [(known, purpose) for known, (_, purpose) in REPRODUCTIONS.items()]
        output.result(dict(rows), output.table(["name", "what"], rows))
        return
    done = reproduce(name, watch=lambda event: tell_of_arms(output, event), **options)
    if done is None:
        output.result(
            {"name": name, "trained": list(options["only"])}, "Trained. Without --only, the report follows."
        )
        return
    output.result(done.answer(), _summary(output, done))


def _summary(output: Output, done: Reproduced) -> str:
    parts = [f"{table.title}\n{output.table(table.columns, table.cells())}" for table in done.report.tables]
    parts += list(done.report.sentences)
    parts.append("written: " + "  ".join(str(path) for path in done.files))
    return "\n\n".join(parts)
