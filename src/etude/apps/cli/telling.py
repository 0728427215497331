"""The options that tell a model what a piece is to be: `--key`, `--type` and the other conditions."""

from __future__ import annotations

from typing import Any

import click

from etude.apps.cli.options import Option, setting, together

KINDS: dict[str, str] = {
    "key": "Tonic and mode, as ABC has it: G, Em, Ador.",
    "mode": "major, minor, dorian, ... in any key.",
    "meter": "Such as 6/8.",
    "tempo": "Quarters a minute.",
    "type": "Tune type or style: reel, jig, waltz, rock, ...",
    "role": "What drums play: beat or fill.",
    "form": "Sections as they sound, such as AABB.",
    "density": "Notes a quarter.",
    "register": "The pitch half of the notes lie above: A4, low, middle, high.",
    "composer": "Like this composer's music.",
    "era": "Like music of this era: baroque, classical, romantic, modern.",
    "label": "Like this part of the collection: its first folder.",
}
_OPTIONS: tuple[Option, ...] = (
    *(click.option(f"--{kind}", metavar="TEXT", help=says) for kind, says in KINDS.items()),
    setting(
        "--strength",
        float,
        1.0,
        "How much what is told counts: 1 as the model learned it, more makes it plainer, 0 ignores it.",
    ),
)


telling_options = together(*_OPTIONS)  # for a command that makes pieces


def told(options: dict[str, Any]) -> dict[str, str]:
    """Condition -> what was asked for, of the options of a command."""
    return {kind: options[kind] for kind in KINDS if options.get(kind) is not None}
