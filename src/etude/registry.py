"""Names to objects: what is built in, and what other packages add through entry points.

A built-in is one row here, or in the table of its own room. A plugin is an installed package with an entry point in
the group `etude.<kind>`; it is looked at only when the built-in table has no such name, and nothing is imported
before it is asked for.

Built-in names win: a plugin that takes one is refused by name, and so is the second of two plugins of one name. A
plugin that cannot be loaded is named with its package; it is left out, and nothing else suffers.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from etude.errors import EtudeError, UsageError

KINDS = ("formats", "encodings", "models", "metrics", "trackers", "renderers", "commands")

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
    "trackers": {
        "tensorboard": "etude.lab.tensorboard:TensorBoardTracker",
        "comet": "etude.lab.comet:tracker",
        "mlflow": "etude.lab.mlflow:tracker",
        "wandb": "etude.lab.wandb:tracker",
    },
}


class PluginWarning(UserWarning):
    """Told when a plugin is left out: its name is taken, or it cannot be loaded or used."""


@dataclass(frozen=True, order=True)
class Plugin:
    """What one package adds: an object of a kind under a name. Nothing of it is imported yet."""

    name: str
    package: str
    version: str
    value: str  # module:attribute
    kind: str

    def __str__(self) -> str:
        return f"The {self.kind.removesuffix('s')} '{self.name}' of {self.package} {self.version}"

    def load(self) -> Any:
        """The object. Raises EtudeError naming the package, whatever its import raised."""
        try:
            return _object(self.value)
        except (Exception, SystemExit) as error:  # a module of a stranger may raise anything
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            raise EtudeError(
                f"{self} cannot be loaded: {why}. Update the package, or take it away: pip uninstall {self.package}"
            ) from error


def _object(value: str) -> Any:
    """What 'module:attribute' names."""
    module, _, attribute = value.partition(":")
    found = import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    return found


@cache
def plugins(kind: str) -> tuple[Plugin, ...]:
    """What other packages add to `kind`, by name and package; those that will be refused too. Imports nothing."""
    from importlib.metadata import entry_points  # costs as much as all of `etude --help`

    found = [entry for entry in entry_points(group=f"etude.{kind}") if entry.dist]
    return tuple(sorted({Plugin(e.name, e.dist.name, e.dist.version, e.value, kind) for e in found if e.dist}))


def refusal(plugin: Plugin, built_in: Container[str] = ()) -> str:
    """Why a plugin is refused because of its name, as a sentence; "" where it is not.

    `built_in` has the names of kinds whose table stands in another room.
    """
    if plugin.name in BUILT_IN.get(plugin.kind, {}) or plugin.name in built_in:
        return f"{plugin} is refused: etude has one of its own by that name."
    first = next(one for one in plugins(plugin.kind) if one.name == plugin.name)
    if first != plugin:
        return f"{plugin} is refused: {first.package} {first.version} has one by that name."
    return ""


def added(kind: str, built_in: Container[str] = ()) -> dict[str, Plugin]:
    """Name -> plugin of those that are not refused; warns of the others. Imports nothing."""
    found = {}
    for plugin in plugins(kind):
        if why := refusal(plugin, built_in):
            left_out(why)
        else:
            found[plugin.name] = plugin
    return found


def loaded(kind: str, built_in: Container[str] = ()) -> dict[Plugin, Any]:
    """The object of every plugin that can be had; warns of the others."""
    found = {}
    for plugin in added(kind, built_in).values():
        try:
            found[plugin] = plugin.load()
        except EtudeError as error:
            left_out(str(error))
    return found


def left_out(why: str) -> None:
    """Warns that something of a plugin is left out."""
    warnings.warn(why, PluginWarning, stacklevel=2)


def is_built_in(kind: str, name: object) -> bool:
    """Whether etude has one of its own by that name."""
    return name in BUILT_IN.get(kind, {})


def get(kind: str, name: str) -> Any:
    """The object called `name`.

    Raises UsageError with the nearest name when there is none, EtudeError for a plugin that cannot be loaded.
    """
    if is_built_in(kind, name):
        return _object(BUILT_IN[kind][name])
    found = added(kind)
    if name in found:
        return found[name].load()
    raise unknown(kind, name, names(kind))


def names(kind: str) -> list[str]:
    """The names known for `kind`, built-in ones first, then those of plugins."""
    return [*BUILT_IN.get(kind, {}), *added(kind)]


def blamed(error: BaseException) -> str:
    """Whose plugin raised `error` or called what raised it, as the beginning of a sentence; "" for none."""
    known = [one for kind in KINDS for one in plugins(kind)]
    found: list[Plugin] = []
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        found = [one for one in known if one.value.partition(":")[0].partition(".")[0] == module] or found
        trace = trace.tb_next
    if len(found) == 1:
        return str(found[0])
    return f"A plugin of {found[0].package} {found[0].version}" if found else ""


def unknown(kind: str, name: str, known: list[str]) -> UsageError:
    """The error that there is no `name` among the `known` of a kind."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return UsageError(f"There is no {kind.removesuffix('s')} called '{name}'.{hint} Known: {', '.join(known)}.")
