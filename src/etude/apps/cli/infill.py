"""`etude infill`: bars A to B of a piece composed anew."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import make_pieces, reworking_options
from etude.apps.cli.filling import filling_options
from etude.apps.cli.handing import handed_in
from etude.apps.cli.options import handing_options
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "infill",
    epilog=examples(
        "etude infill tune.abc --bars 5-8 runs/mine --count 3 --format abc,svg",
        "etude infill groove.mid --bars 4 runs/drums --temperature 0.8,1.1",
        "etude infill hymn.musicxml --bars 3-4 runs/chorale --by search --tries 64",
    ),
)
@click.option("--bars", required=True, metavar="A-B", help="The bars, as they are written; an upbeat is bar 0.")
@handing_options
@filling_options
@reworking_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Compose bars A to B of FILE (or - for standard input, or --notes TEXT) anew with MODEL, hearing both sides.

    WORDS are: FILE [MODEL], or with --notes just [MODEL]. Every note outside these bars stays as it is, and so do
    meter, keys, tempo and repeats.
    """
    from etude.lab.infilling import Infill, parse_bars

    parse_bars(options["bars"])  # before any file is looked at
    prompt, model = handed_in(words, notes, "to fill bars of")
    task = Infill(*(options.pop(name) for name in ("bars", "by", "tries")))
    make_pieces(output, model, prompt, options, task)
