"""`etude gallery`: a page a model with the pieces it makes, an index, and all their files, in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.files import write_atomically
from etude.lab.bundled import bundled_models
from etude.lab.events import Watcher, nobody
from etude.lab.gallery.exhibit import Exhibit, exhibit, name_of
from etude.lab.gallery.index import index_page
from etude.lab.gallery.judges import judge_for
from etude.lab.gallery.page import model_page
from etude.lab.gallery.writing import hang, keep_record
from etude.lab.loading import Loaded, load

COUNT = 12  # pieces a model


@dataclass(frozen=True)
class Ask:
    """How a gallery is made. The random numbers are 0, 1, 2 ... and nobody's choice."""

    count: int = COUNT
    critics: Sequence[str] = ()  # folders; none: those in ./critics
    data: Sequence[str] = ()  # collections for models whose own music is not at hand by its name
    sound: bool = True  # write the sound as well, which no repository should hold
    soundfont: str | None = None


@dataclass(frozen=True)
class Gallery:
    """What was made."""

    page: Path
    exhibits: Sequence[Exhibit]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude gallery --json`."""
        return {"page": self.page, "models": {found.name: found.answer() for found in self.exhibits}}


def gallery(
    models: Sequence[str], out: Path, ask: Ask | None = None, watch: Watcher = nobody, command: str = ""
) -> Gallery:
    """The gallery of `models` in the folder `out`; of all that come with etude where none is named.

    The same models, settings and versions make the same bytes, sound aside. Raises UsageError where there is no
    model, or two would have the same page.
    """
    ask = ask or Ask()
    every = _loaded(models)
    found = []
    for loaded in every:
        watch({"event": "stage", "text": f"composing with {loaded.name}: {ask.count} pieces"})
        shown = exhibit(loaded, ask.count, judge_for(loaded, ask.critics), ask.data)
        watch({"event": "stage", "text": f"writing scores, rolls{' and sound' if ask.sound else ''}"})
        _hang_all(shown, out, ask, command)
        found.append(shown)
    page = out / "index.html"
    write_atomically(page, index_page(found, out, command).encode())
    return Gallery(page, found)


def _loaded(models: Sequence[str]) -> list[Loaded]:
    """The models, each with a name of its own."""
    names = list(models) or [one.name for one in bundled_models()]
    if not names:
        raise UsageError(
            "This etude comes with no model of its own, and none was named: etude gallery runs/mine --out gallery"
        )
    every = [load(name) for name in names]
    pages = [name_of(loaded) for loaded in every]
    for at, page in enumerate(pages):
        if page in pages[:at] or page == "index":
            raise UsageError(f"Two pages would be called '{page}': {names[at]} needs another name in one gallery.")
    return every


def _hang_all(found: Exhibit, out: Path, ask: Ask, command: str) -> None:
    """The files and the page of one model."""
    folder = out / found.name
    hung = [hang(shown, folder, sound=ask.sound, soundfont=ask.soundfont) for shown in found.shown]
    keep_record(found, hung, folder)
    write_atomically(out / f"{found.name}.html", model_page(found, hung, out, command).encode())
