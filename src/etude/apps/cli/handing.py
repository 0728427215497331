"""What a command is handed: a file, standard input, or music typed into --notes; and the MODEL behind it."""

from __future__ import annotations

import sys
from pathlib import Path

import click


def handed_in(words: tuple[str, ...], notes: str | None, purpose: str) -> tuple[str, str | None]:
    """(the music, the model or None) of the words FILE [MODEL], or with `notes` just [MODEL].

    `purpose` says in a few words what the music is for. Raises click.UsageError for any other number of words.
    """
    limit = 1 if notes is not None else 2
    if len(words) > limit or (notes is None and not words):
        raise click.UsageError(f"Say what {purpose}: FILE [MODEL], or --notes TEXT [MODEL].")
    if notes is not None:
        return notes, next(iter(words), None)
    if words[0] == "-":
        return _typed(), next(iter(words[1:]), None)
    _must_exist(words[0], purpose)
    return words[0], next(iter(words[1:]), None)


def _typed() -> str:
    """The text on standard input. Raises BadInput for bytes that are none."""
    from etude.errors import BadInput, Reason

    if sys.stdin.isatty():
        click.echo("Type music (ABC, letters or note names), then Ctrl-D:", err=True)
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            "Standard input is no text. MIDI and packed files are read from a file: name it instead of -.",
            Reason.BAD_TEXT,
        ) from error


def _must_exist(name: str, purpose: str) -> None:
    from etude.errors import BadInput, Reason

    if not Path(name).is_file():
        raise BadInput(f"There is no file {name} {purpose}. Typed music goes into --notes.", Reason.UNREADABLE)
