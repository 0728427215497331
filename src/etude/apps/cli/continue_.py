"""`etude continue`: go on from a file, from typed notes, or from standard input."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.compose import composing_options, make_pieces
from etude.apps.cli.handing import handed_in
from etude.apps.cli.options import handing_options
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "continue",
    epilog=examples(
        "etude continue start.mid runs/mine --bars 16 --count 3",
        'etude continue --notes "G4 B4 D5" runs/mine --format mid,wav',
        "cat tune.abc | etude continue - runs/mine",
    ),
)
@handing_options
@composing_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Go on from FILE (or - for standard input, or --notes TEXT) with MODEL.

    WORDS are: FILE [MODEL], or with --notes just [MODEL].
    """
    prompt, model = handed_in(words, notes, "to go on from")
    make_pieces(output, model, prompt, options)
