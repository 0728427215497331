"""What other packages add to etude, from which distribution, and whether it can be used."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from etude import registry
from etude.errors import EtudeError

# what an object of each kind must have; the laws of `etude.testing` ask for more
NEEDED: dict[str, tuple[str, ...]] = {
    "formats": ("name", "suffixes", "parse", "dump"),
    "encodings": ("encode", "reader", "transpose", "note_count"),
    "models": (),  # a Learner has `learn` and `model`, a body of a network `start` and `forward`
    "metrics": ("name", "family", "unit", "measure"),
    "trackers": ("__call__",),
    "renderers": ("suffix", "render"),
    "commands": ("invoke", "params"),
}


@dataclass(frozen=True)
class Installed:
    """One plugin. `state` is "ok", "refused" (its name is taken) or "broken"; `detail` says why."""

    kind: str
    name: str
    package: str
    version: str
    object: str  # module:attribute
    state: str
    detail: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of the table that `etude plugins` prints."""
        return (self.kind, self.name, f"{self.package} {self.version}", self.state, self.detail)


def installed(commands: Collection[str]) -> list[Installed]:
    """Every plugin there is, each loaded to tell. `commands` are the names of etude's own."""
    from etude.evaluation.metrics.plugged import NAMES
    from etude.lab.writing import kinds_of_file

    own: dict[str, Collection[str]] = {"metrics": NAMES, "renderers": kinds_of_file(), "commands": commands}
    found = [_judged(plugin, own.get(kind, ())) for kind in registry.KINDS for plugin in registry.plugins(kind)]
    return [*found, *_of_no_kind()]


def _judged(plugin: registry.Plugin, own: Collection[str]) -> Installed:
    def state(name: str, detail: str = "") -> Installed:
        return Installed(plugin.kind, plugin.name, plugin.package, plugin.version, plugin.value, name, detail)

    if why := registry.refusal(plugin, own):
        return state("refused", why)
    try:
        made = plugin.load()
    except EtudeError as error:
        return state("broken", str(error))
    lacking = [name for name in _needed(plugin.kind, made) if not hasattr(made, name)]
    return state("broken", f"It lacks {', '.join(lacking)}.") if lacking else state("ok")


def _needed(kind: str, made: Any) -> tuple[str, ...]:
    if kind != "models":
        return NEEDED[kind]
    return ("learn", "model") if hasattr(made, "learn") else ("start", "forward")


def _of_no_kind() -> Iterator[Installed]:
    """Plugins in a group that etude does not have: a misspelt one, or one of a newer etude."""
    from importlib.metadata import entry_points

    kinds = ", ".join(registry.KINDS)
    for group in sorted(entry_points().groups):
        kind = group.removeprefix("etude.")
        if not group.startswith("etude.") or kind in registry.KINDS:
            continue
        detail = f"There are no plugins of the kind '{kind}'. Known: {kinds}."
        for one in entry_points(group=group):
            if one.dist:
                yield Installed(kind, one.name, one.dist.name, one.dist.version, one.value, "broken", detail)
