"""Plans: for each kind of source, which files to read, how they are split, and what may be done with them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from etude import limits
from etude.data.build import Tune
from etude.data.reading import Named, Official, Progress, find_files, listing_key, no_progress, read_tunes
from etude.data.sources import SOURCES, Source, of_the_user
from etude.errors import BadInput, MissingPart, Reason
from etude.score import Metadata

BUILT_IN: tuple[str, ...] = ("folk", "chorales")
_FOLK = ("oneills1850", "ryansMammoth", "airdsAirs")
_CATALOGUE = re.compile(r"^\s*(\d+)---\|\|---([^-\s]+(?:-[^-\s|]+)?)---\|\|---", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """How one source becomes a collection.

    `files` are read by the guarded workers; `direct`, if given, yields the tunes of a data file of a known layout
    instead. `official` gives the split of a tune; `official_rule` says where that split comes from.
    """

    name: str
    source: Source
    files: tuple[Named, ...]
    key: Any  # JSON value that changes when the source does
    official: Official | None = None
    official_rule: str = ""
    direct: Callable[[], Iterator[Tune]] | None = field(default=None)
    note: str = ""
    seconds: float = limits.WORKER_SECONDS  # for one file; more where the source is known
    credits: Mapping[str, Metadata] = field(default_factory=dict)  # file -> what a table of the source says of it

    def tunes(self, jobs: int | None = None, progress: Progress = no_progress) -> Iterator[Tune]:
        """The tunes of the source, in order."""
        if self.direct is not None:
            return self.direct()
        tunes = read_tunes(self.files, jobs=jobs, progress=progress, official=self.official, seconds=self.seconds)
        return map(self._credited, tunes)

    def _credited(self, tune: Tune) -> Tune:
        """The tune with title and composer as the source's table has them."""
        meta, score = self.credits.get(tune.file), tune.reading.score
        if meta is None or score is None:
            return tune
        return replace(tune, reading=replace(tune.reading, score=replace(score, meta=meta)))

    def digest(self) -> str:
        """16 hexadecimal digits of the source's content."""
        return hashlib.sha256(json.dumps([self.name, self.key]).encode()).hexdigest()[:16]


def plan_built_in(name: str) -> Plan:
    """The plan of a built-in corpus. Raises MissingPart when the package that carries it is not installed."""
    corpus = music21_corpus()
    if name == "folk":
        files = [(f"{book}/{inner}", path) for book in _FOLK for inner, path in _music_files(corpus / book, ".abc")]
    else:
        files = _chorales(corpus)
    if not files:
        raise BadInput(
            f"The installed package music21 carries no files of '{name}' in {corpus}. "
            "Install it from a wheel again: pip install --force-reinstall music21",
            Reason.UNREADABLE,
        )
    sizes = [(inner, path.stat().st_size) for inner, path in files]
    version = importlib.metadata.version("music21")
    # a busy machine must not cost a tune that is known to be good
    return Plan(name, SOURCES[name], tuple(files), [version, sizes], seconds=20 * limits.WORKER_SECONDS)


def music21_corpus() -> Path:
    """The corpus folder of the installed package music21, which is not imported. Raises MissingPart without it."""
    found = importlib.util.find_spec("music21")
    if found is None or not found.submodule_search_locations:
        raise MissingPart("A built-in collection (public-domain folk tunes, Bach's chorales)", "corpora")
    return Path(next(iter(found.submodule_search_locations))) / "corpus"


def _music_files(folder: Path, suffix: str) -> list[Named]:
    return [(name, path) for name, path in find_files(folder) if name.endswith(suffix)] if folder.is_dir() else []


def _chorales(corpus: Path) -> list[Named]:
    """The files of the chorales in the order of Riemenschneider's catalogue, which music21 carries as text.

    371 numbers, fewer files: some numbers are the same setting, a few have no file.
    """
    catalogue = corpus / "chorales.py"
    text = catalogue.read_text("utf-8") if catalogue.is_file() else ""
    numbers = {int(number): work for number, work in _CATALOGUE.findall(text.replace("'''", "\n"))}
    here = dict(_music_files(corpus / "bach", ".mxl"))
    names = dict.fromkeys(f"bwv{numbers[number]}.mxl" for number in sorted(numbers))
    return [(f"bach/{name}", here[name]) for name in names if name in here] or [
        (f"bach/{name}", path) for name, path in here.items()
    ]


def plan_files(root: Path) -> Plan:
    """The plan of a folder of the user's own files, or of one file."""
    files = tuple(find_files(root))
    if not files:
        raise BadInput(f"There is no file in the folder {root}. Give a folder with music in it.", Reason.EMPTY)
    return Plan(root.resolve().name, of_the_user(str(root)), files, [str(root.resolve()), listing_key(files)])
