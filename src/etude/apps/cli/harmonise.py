"""`etude harmonise`: the missing voices of a tune."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.handing import handed_in
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "harmonise",
    epilog=examples(
        "etude harmonise tune.abc runs/chorale --format mid,sheet",
        "etude harmonise hymn.musicxml runs/chorale --voice soprano,bass --count 3",
        'etude harmonise --notes "G4 A4 B4 C5 D5:1/2 B4:1/2" runs/chorale --voice tenor',
    ),
)
@click.argument("words", nargs=-1)
@click.option("--notes", help="Typed music instead of a file: ABC, letters or note names.")
@click.option("--voice", default="soprano", show_default=True, metavar="VOICE,...", help="Voices that FILE has.")
@click.option("--want", default="", metavar="VOICE,...", help="Voices to write.  [all that are missing]")
@click.option(
    "--particles",
    type=click.IntRange(1, 1000),
    default=32,
    show_default=True,
    metavar="N",
    help="Ways of going on that are weighed by how well the tune fits; 1 does not listen ahead.",
)
@click.option(
    "--sweeps",
    type=click.IntRange(0, 1000),
    default=0,
    show_default=True,
    metavar="N",
    help="Draw every bar again so often, with all the others heard; slow.",
)
@click.option(
    "--leading",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    metavar="NATS",
    help="Hold parallel fifths and octaves and crossing voices against a way of going on, so much each.",
)
@click.option("--skyline", is_flag=True, help="Take the highest notes of FILE as the tune.")
@reworking_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Write the missing voices to FILE (or - for standard input, or --notes TEXT) with MODEL, a model of chorales.

    WORDS are: FILE [MODEL], or with --notes just [MODEL]. The notes of FILE stay as they are.
    """
    from etude.lab.harmonising import Harmonise

    prompt, model = handed_in(words, notes, "to harmonise")
    asked = {name: options.pop(name) for name in ("voice", "want", "particles", "sweeps", "leading", "skyline")}
    make_pieces(output, model, prompt, options, Harmonise(**asked))
