"""`etude continue`: go on from a file, from typed notes, or from standard input."""

from __future__ import annotations

import sys
from typing import Any

import click

from etude.apps.cli.compose import composing_options, make_pieces
from etude.apps.cli.output import Output, answers, examples


@click.command(
    "continue",
    epilog=examples(
        "etude continue start.mid runs/mine --bars 16 --count 3",
        'etude continue --notes "G4 B4 D5" runs/mine --format mid,wav',
        "cat tune.abc | etude continue - runs/mine",
    ),
)
@click.argument("words", nargs=-1)
@click.option("--notes", help="Typed music instead of a file: ABC, letters or note names.")
@composing_options
@answers
def command(output: Output, words: tuple[str, ...], notes: str | None, **options: Any) -> None:
    """Go on from FILE (or - for standard input, or --notes TEXT) with MODEL.

    WORDS are: FILE [MODEL], or with --notes just [MODEL].
    """
    limit = 1 if notes is not None else 2
    if len(words) > limit or (notes is None and not words):
        raise click.UsageError("Say what to go on from: FILE [MODEL], or --notes TEXT [MODEL].")
    if notes is None:
        _must_exist(words[0])
        prompt = _typed() if words[0] == "-" else words[0]
        rest = words[1:]
    else:
        prompt, rest = notes, words
    make_pieces(output, next(iter(rest), None), prompt, options)


def _typed() -> str:
    """The text on standard input. Raises BadInput for bytes that are none."""
    from etude.errors import BadInput, Reason

    if sys.stdin.isatty():
        click.echo("Type music (ABC, letters or note names), then Ctrl-D:", err=True)
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            "Standard input is no text. MIDI and packed files are read from a file: etude continue FILE MODEL",
            Reason.BAD_TEXT,
        ) from error


def _must_exist(name: str) -> None:
    from pathlib import Path

    from etude.errors import BadInput, Reason

    if name != "-" and not Path(name).is_file():
        raise BadInput(f"There is no file {name} to go on from. Typed music goes into --notes.", Reason.UNREADABLE)
