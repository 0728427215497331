"""The options that every piece has to obey: `--scale`, `--range`, `--chords` and the like."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.options import setting, together

_ENDING = setting(
    "--ending",
    click.Choice(["auto", "close", "open"]),
    "auto",
    "Of --bars: close on the tonic with the last bar full, or cut; auto closes where the encoding can.",
)
_PITCHES = (
    click.option(
        "--scale", metavar="TEXT", help="Only these notes: 'D dorian', 'A minor pentatonic', 'C D E G A'."
    ),
    click.option("--range", metavar="LO-HI", help="Lowest and highest note: G3-G5 or 55-79."),
    click.option(
        "--chords", metavar="TEXT", help="A chord a bar, again and again, heard on the beats: 'C Am F G7'."
    ),
    click.option("--polyphony", type=click.IntRange(1), metavar="N", help="At most so many notes at once."),
)
_RHYTHM = click.option(
    "--rhythm", metavar="TEXT", help="Notes begin so, again and again: quarters, z a rest: '1 1/2 z1/2 2'."
)
_CONSTRAINTS = ("scale", "range", "chords", "rhythm", "polyphony")


wanting_options = together(_ENDING, *_PITCHES, _RHYTHM)  # for a command that makes pieces
pitch_options = together(*_PITCHES)  # which notes sound, not when: for a command handed how the music goes


def wanted(options: dict[str, Any]) -> dict[str, Any]:
    """Constraint -> what was asked for, of the options of a command."""
    return {name: options[name] for name in _CONSTRAINTS if options.get(name)}
