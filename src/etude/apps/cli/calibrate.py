"""`etude calibrate`: sampling settings at which samples match the collection."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples

HEADER = ("measure", "samples", "real pieces")


@click.command(
    "calibrate",
    epilog=examples("etude calibrate runs/mine", "etude calibrate runs/mine --data my-tunes --pieces 16 --json"),
)
@click.argument("model", required=False)
@click.option("--data", metavar="COLLECTION", help="[default: the collection the model was trained on]")
@click.option("--pieces", type=click.IntRange(2), default=8, show_default=True, help="Drawn at every setting.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="The random number.")
@answers
def command(output: Output, model: str | None, data: str | None, pieces: int, seed: int) -> None:
    """Search the sampling settings at which MODEL's pieces are most like real ones, and keep them with the run."""
    from etude.lab.calibrating import calibrate

    with output.progress() as display:
        task = display.add_task("calibrating", total=None)
        found = calibrate(
            model,
            data,
            pieces=pieces,
            seed=seed,
            progress=lambda done, total: display.update(task, completed=done, total=total),
        )
    rows = [(name, one.samples, one.reference) for name, one in found.measured.items()]
    settings = ", ".join(f"{name} {value:g}" for name, value in found.settings.items())
    output.result(found.answer(), f"{output.table(HEADER, rows)}\n\nKept as the defaults of the run: {settings}")
