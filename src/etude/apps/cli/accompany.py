"""`etude accompany`: drums to a tune."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.handing import handed_in
from etude.apps.cli.options import handing_options, setting
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "accompany",
    epilog=examples(
        "etude accompany tune.mid drums --count 3 --format mid,wav",
        "etude accompany jig.abc runs/drums --grid 3 --out new",
        'etude accompany --notes "C4 E4 G4 C5 | B4 G4 D4 G4" drums --seed 7',
    ),
)
@handing_options
@click.option(
    "--grid",
    type=click.IntRange(0, 12),
    default=0,
    metavar="N",
    help="Strokes fall on N parts of a quarter.  [3 or 4, as the tune's notes do]",
)
@setting("--loose", click.FloatRange(0, 0.1), 0.02, "How far from there a stroke may be.", "SECONDS")
@reworking_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Play drums to FILE (or - for standard input, or --notes TEXT) with MODEL, a model of drums.

    WORDS are: FILE [MODEL], or with --notes just [MODEL]. The drums follow bars, tempo and meter of FILE; its
    tracks stay as they are, in one file with the drums.
    """
    from etude.lab.accompanying import Accompany

    prompt, model = handed_in(words, notes, "to accompany")
    asked = {name: options.pop(name) for name in ("grid", "loose")}
    make_pieces(output, model, prompt, options, Accompany(**asked))
