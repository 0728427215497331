"""`etude gallery`: what models compose, as it comes, with everything that is known of it."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.options import setting
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "gallery",
    epilog=examples(
        "etude gallery --out docs/gallery --critic critics/folk --data groove.tar.xz",
        "etude gallery runs/mine --count 4",
    ),
)
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@setting("--out", click.Path(path_type=Path, file_okay=False), Path("gallery"), "Folder.")
@setting("--count", click.IntRange(1, 100), 12, "Pieces a model.")
@click.option(
    "--critic",
    "critics",
    multiple=True,
    metavar="FOLDER",
    help="A critic; each model is judged by that of its collection (repeatable).  [those in ./critics]",
)
@click.option(
    "--data", multiple=True, metavar="COLLECTION", help="What a model learned from, by its name (repeatable)."
)
@click.option(
    "--sound/--no-sound", default=True, show_default=True, help="Write the sound, which is not for a repository."
)
@click.option("--soundfont", help="A .sf2 file, or 'none' for the built-in synthesiser.  [default: first found]")
@answers
def command(output: Output, models: tuple[str, ...], out: Path, sound: bool, **options: object) -> None:
    """Show what each MODEL composes: seeds 0, 1, 2 ... in order, none chosen and none left out.

    Without MODEL it is every model that comes with etude. A page a model holds scores, piano rolls, players,
    measures beside real pieces, originality, likelihood and the line that makes each piece again; index.html links
    them.
    """
    from etude.lab.gallery import Ask, gallery

    ask = Ask(sound=sound, **options)  # type: ignore[arg-type]
    made = gallery(models, out, ask, lambda event: output.say(event["text"]), output.command)
    rows = [(one.name, len(one.shown), sum(shown.piece.ended for shown in one.shown)) for one in made.exhibits]
    text = output.table(["model", "pieces", "ended by themselves"], rows)
    output.result(made.answer(), f"{text}\n\nOpen {made.page.resolve().as_uri()}")
