"""Who made what etude stands on, and on what terms: every package it can depend on, and every built-in collection.

What a package says of itself is repeated (`License-Expression` of its metadata, else its classifier, else its field
`License`); data and models quote the table of their sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

from etude.data.sources import SOURCES
from etude.lab.bundled import bundled_models

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
NOT_SAID = "not said by the package"


@dataclass(frozen=True)
class Licence:
    """One thing that has terms of its own."""

    name: str
    kind: str  # "package", "data", "model"
    licence: str
    detail: str  # version and what needs it, or the origin


def licences() -> list[Licence]:
    """Packages first, those that etude names and those that these bring, then data, then bundled models."""
    data = [Licence(one.name, "data", one.licence, one.origin) for one in SOURCES.values()]
    models = [
        Licence(one.name, "model", str(one.facts["data"]["licence"]), str(one.facts["data"]["origin"]))
        for one in bundled_models()
    ]
    return [*_packages(), *data, *models]


def _packages() -> list[Licence]:
    """Every installed package that etude needs, through whichever others; sorted by name."""
    needed: dict[str, str] = {}
    todo = [("etude", "etude", True)]
    while todo:
        name, by, named_by_etude = todo.pop(0)
        for requirement in _requires(name):
            found = _NAME.match(requirement)
            extra = _EXTRA.search(requirement)
            if not found or (extra and not named_by_etude):
                continue
            other = found[0].lower().replace("_", "-").replace(".", "-")
            if other in needed or other == "etude" or _version(other) is None:
                continue
            needed[other] = (f"extra '{extra[1]}'" if extra else "always") if named_by_etude else f"for {by}"
            todo.append((other, other, False))
    return [
        Licence(name, "package", _licence_of(name), f"{_version(name)}, {why}")
        for name, why in sorted(needed.items())
    ]


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _licence_of(name: str) -> str:
    """What the installed package says of its licence, in a line."""
    about = metadata.metadata(name)
    said = {key: about[key] for key in ("License-Expression", "License") if key in about}
    if "License-Expression" in said:
        return said["License-Expression"]
    named = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    written = said.get("License", "").strip().partition("\n")[0]
    return "; ".join(named) or written[:80] or NOT_SAID
