"""`etude render`: files into sound, piano rolls and sheet music."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.command(
    "render",
    epilog=examples("etude render tune.mid", "etude render book.abc --format wav,png,sheet --out pages"),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "kinds", default="wav", show_default=True, help="wav, png, roll, sheet, svg, mid, musicxml."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; else beside each file.")
@click.option("--soundfont", help="A .sf2 file, or 'none' for the built-in synthesiser.  [default: first found]")
@answers
def command(output: Output, files: tuple[Path, ...], kinds: str, out: Path | None, soundfont: str | None) -> None:
    """Turn files, or folders of them, into sound, piano rolls and sheet music."""
    from etude.lab.rendering import render

    made = render(files, kinds.split(","), out=out, soundfont=soundfont)
    for line in made.refused:
        output.say(f"refused {line}")
    output.result(made.answer(), "\n".join(str(path) for path in made.files))
