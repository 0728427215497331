"""The files of the page: those of this room, and those of the studio that they import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

OWN, SHARED = ("etude.lab.web", "page"), ("etude.apps.studio", "static")
FIRST = ("main.js", "composer.js", "studio.css", "page.css")
_IMPORT = re.compile(r"""(?:from|import) "\./([\w.]+\.js)";""")


def page_files() -> dict[str, str]:
    """Name -> text of every file that the page loads. One of this room goes before the studio's of that name."""
    found: dict[str, str] = {}
    waiting = list(FIRST)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _text(name)
            waiting += _imported(name, found[name])
    return dict(sorted(found.items()))


def page_text(name: str) -> str:
    """The text of a file of this room."""
    return (files(OWN[0]) / OWN[1] / name).read_text("utf-8")


def _text(name: str) -> str:
    own = files(OWN[0]) / OWN[1] / name
    found = own if own.is_file() else files(SHARED[0]) / SHARED[1] / name
    return found.read_text("utf-8")


def _imported(name: str, text: str) -> Iterator[str]:
    yield from _IMPORT.findall(text) if name.endswith(".js") else ()
