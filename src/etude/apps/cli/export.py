"""`etude export`: a trained model as one file."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.command(
    "export",
    epilog=examples(
        "etude export runs/mine --out mine.etude", "etude export runs/mine --out exact.etude --precision fp32"
    ),
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The .etude file to write."
)
@click.option(
    "--to", "target", type=click.Choice(["onnx"]), default="onnx", show_default=True, help="Kind of file."
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "int8", "fp32"]),
    default="auto",
    show_default=True,
    help="auto: int8 where the held-out likelihood moves by less than 0.5 %.",
)
@answers
def command(output: Output, model: Path, out: Path, target: str, precision: str) -> None:
    """Write a trained MODEL (a run folder, or a bundled name) into one file that needs no torch."""
    from etude.lab.exporting import export

    made = export(model, out, precision=precision)
    checked = f", largest logit error {made.max_logit_error:.2g}" if made.nats_per_step else ""
    text = f"{made.path}: {made.bytes / 1e6:.2f} MB, {made.precision}{checked}"
    output.result(made.answer(), text)
