"""`etude vary`: variations on a tune."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.handing import handed_in
from etude.apps.cli.options import handing_options, particles_option, setting
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "vary",
    epilog=examples(
        "etude vary tune.abc runs/folk --count 4 --format abc,mid",
        "etude vary tune.abc runs/folk --amount 0.25 --keep contour",
        "etude vary chorale.mid runs/chorale --voice alto,tenor --keep bars",
    ),
)
@handing_options
@setting(
    "--amount",
    click.FloatRange(0, 1),
    0.5,
    "Share of the bars that are composed anew; 0 is the tune itself.",
)
@setting(
    "--keep",
    click.Choice(["rhythm", "contour", "bars"]),
    "rhythm",
    "What stays of them: when notes begin; also whether they rise or fall; only their length.",
)
@click.option("--voice", default="", metavar="VOICE,...", help="Voices of a chorale that vary.  [all]")
@particles_option("how well they lead to the bars that stay.")
@reworking_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Compose some bars of FILE (or - for standard input, or --notes TEXT) anew with MODEL.

    WORDS are: FILE [MODEL], or with --notes just [MODEL].
    """
    from etude.lab.varying import Vary

    prompt, model = handed_in(words, notes, "to vary")
    asked = {name: options.pop(name) for name in ("amount", "voice", "particles")}
    make_pieces(output, model, prompt, options, Vary(kept=options.pop("keep"), **asked))
