"""Names to objects: what is built in, and what other packages add through entry points.

A built-in is one row here. A plugin is an installed package with an entry point in the group `etude.<kind>`;
it is looked at only when the built-in table has no such name. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from etude.errors import UsageError

BUILT_IN: dict[str, dict[str, str]] = {
    "formats": {
        "midi": "etude.formats.midi:FORMAT",
        "abc": "etude.formats.abc:FORMAT",
        "musicxml": "etude.formats.musicxml:FORMAT",
        "letters": "etude.formats.letters:FORMAT",
    },
    "encodings": {
        "letters": "etude.encodings.letters:Letters",
        "abc": "etude.encodings.abc:AbcTokens",
        "abc-characters": "etude.encodings.abc:AbcCharacters",
        "chorale": "etude.encodings.chorale:Chorale",
        "notes": "etude.encodings.notes:Notes",
        "chords": "etude.encodings.chords:Chords",
        "performance": "etude.encodings.performance:Performance",
        "events": "etude.encodings.events:Events",
        "roll": "etude.encodings.roll:Roll",
    },
    "models": {
        "ngram": "etude.models.ngram:NGram",
        "rnn": "etude.models.rnn:Recurrent",
        "transformer": "etude.models.transformer:Transformer",
        "window": "etude.models.window:Window",
    },
}


def names(kind: str) -> list[str]:
    """The names known for `kind`, built-in ones first, then those of plugins."""
    plugins = {entry.name for entry in entry_points(group=f"etude.{kind}")}
    built_in = BUILT_IN.get(kind, {})
    return [*built_in, *sorted(plugins - built_in.keys())]


def plugins(kind: str) -> list[str]:
    """What other packages add to `kind`, a line each: name, object, package and its version. Imports nothing."""
    found = entry_points(group=f"etude.{kind}")
    return sorted(f"{e.name} {e.value} {e.dist.name} {e.dist.version}" for e in found if e.dist)


def get(kind: str, name: str) -> Any:
    """The object called `name`. Raises UsageError with the nearest name when there is none."""
    target = BUILT_IN.get(kind, {}).get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        return getattr(import_module(module), attribute)
    for entry in entry_points(group=f"etude.{kind}", name=name):
        return entry.load()
    known = names(kind)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"There is no {kind.rstrip('s')} called '{name}'.{hint} Known: {', '.join(known)}.")
