"""`etude export`: a trained model as one file, or as a page that composes in any browser."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples
from etude.errors import UsageError


@click.command(
    "export",
    epilog=examples(
        "etude export runs/mine --out mine.etude",
        "etude export runs/mine --out exact.etude --precision fp32",
        "etude export runs/mine --to web --out mine-page",
    ),
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The .etude file, or the folder of the page."
)
@click.option(
    "--to",
    "target",
    type=click.Choice(["onnx", "web"]),
    default="onnx",
    show_default=True,
    help="One ONNX file, or a folder that any web server hands out.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "int8", "fp32"]),
    default="auto",
    show_default=True,
    help="auto: int8 where the held-out likelihood moves by less than 0.5 %.",
)
@click.option(
    "--runtime",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="web: onnxruntime-web as a .tgz or an installed package.  [npm fetches it]",
)
@click.option("--soundfont", metavar="FILE", help="web: a .sf2 file to sound with.  [the built-in synthesiser]")
@answers
def command(
    output: Output,
    model: Path,
    out: Path,
    target: str,
    precision: str,
    runtime: Path | None,
    soundfont: str | None,
) -> None:
    """Write a trained MODEL into one file that needs no torch, or into a page that composes in a browser."""
    if target == "web":
        _page(output, model, out, precision, (runtime, soundfont))
        return
    if runtime or soundfont:
        raise UsageError("--runtime and --soundfont are for a page: add --to web, or leave them out.")
    if out.is_dir():
        raise UsageError(f"{out} is a folder: name the file to write, or add --to web.")
    from etude.lab.exporting import export

    made = export(model, out, precision=precision)
    checked = f", largest logit error {made.max_logit_error:.2g}" if made.nats_per_step else ""
    text = f"{made.path}: {made.bytes / 1e6:.2f} MB, {made.precision}{checked}"
    output.result(made.answer(), text)


def _page(output: Output, model: Path, out: Path, precision: str, given: tuple[Path | None, str | None]) -> None:
    """Writes the page and says how it is opened."""
    from etude.lab.web.making import BUILT_IN, export_page

    runtime, soundfont = given
    made = export_page(
        *(model, out), precision=precision, package=runtime, soundfont=soundfont or BUILT_IN, say=output.say
    )
    for remark in made.remarks:
        output.say(remark)
    lines = [
        f"{made.path}: {made.bytes / 1e6:.1f} MB, {made.precision}",
        f"open it    python -m http.server --directory {made.path} 8000, then the address it names",
    ]
    output.result(made.answer(), "\n".join(lines))
