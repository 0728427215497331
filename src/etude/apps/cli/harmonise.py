"""`etude harmonise`: the missing voices of a tune."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.handing import handed_in
from etude.apps.cli.options import handing_options, particles_option, setting
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "harmonise",
    epilog=examples(
        "etude harmonise tune.abc runs/chorale --format mid,sheet",
        "etude harmonise hymn.musicxml runs/chorale --voice soprano,bass --count 3",
        'etude harmonise --notes "G4 A4 B4 C5 D5:1/2 B4:1/2" runs/chorale --voice tenor',
    ),
)
@handing_options
@setting("--voice", str, "soprano", "Voices that FILE has.", "VOICE,...")
@click.option("--want", default="", metavar="VOICE,...", help="Voices to write.  [all that are missing]")
@particles_option("how well the tune fits; 1 does not listen ahead.")
@setting(
    "--sweeps", click.IntRange(0, 1000), 0, "Draw every bar again so often, with all the others heard; slow.", "N"
)
@setting(
    "--leading",
    click.FloatRange(0, 100),
    0.0,
    "Hold parallel fifths and octaves and crossing voices against a way of going on, so much each.",
    "NATS",
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
