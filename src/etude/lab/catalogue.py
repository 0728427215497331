"""The models at hand: those that come with etude, finished runs, and exported files in the same folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from etude.errors import EtudeError
from etude.lab.bundled import MODEL as EXPORTED
from etude.lab.bundled import bundled_models
from etude.lab.loading import counted_folder, load
from etude.lab.run import Run, runs_in


@dataclass(frozen=True)
class Entry:
    """One model one can compose with."""

    name: str
    kind: str  # "bundled", "run" or "exported"
    encoding: str
    size_mb: float
    licence: str
    figures: Mapping[str, Any] = field(default_factory=dict)  # measured when it was bundled


def catalogue(folder: Path) -> list[Entry]:
    """Bundled models and those in `folder`; one that cannot be loaded has the reason in place of its encoding."""
    return [*_bundled(), *(_entry(*one) for one in at_hand(folder))]


def at_hand(folder: Path) -> list[tuple[Path, Path, str]]:
    """(name, file or run folder, kind) of each model in `folder`; none of them is opened."""
    found = []
    for run in runs_in(folder):
        if run.exported.is_file():
            found.append((run.folder, run.exported, "run"))
        elif counted_folder(run):
            found.append((run.folder, run.folder, "run"))
    return [*found, *((path, path, "exported") for path in sorted(folder.glob(f"*{EXPORTED}")))]


def _bundled() -> list[Entry]:
    entries = []
    for model in bundled_models():
        entry = _entry(Path(model.name), model.file(EXPORTED), "bundled")
        try:
            entries.append(replace(entry, size_mb=model.size / 1e6, figures=model.facts.get("figures", {})))
        except EtudeError as error:
            entries.append(replace(entry, encoding=f"incomplete: {error}"))
    return entries


def _entry(name: Path, file: Path, kind: str) -> Entry:
    folder = counted_folder(Run(file))
    size = sum(part.stat().st_size for part in (folder.iterdir() if folder else [file])) / 1e6
    try:
        loaded = load(file)
    except EtudeError as error:
        return Entry(str(name), kind, f"cannot be loaded: {error}", size, "")
    settings = json.dumps(loaded.encoding.settings) if loaded.encoding.settings else ""
    licence = str(loaded.metadata.get("licence", ""))
    return Entry(str(name), kind, f"{loaded.encoding.name} {settings}".strip(), size, licence)


def in_words(figures: Mapping[str, Any]) -> str:
    """The figure of a bundled model that says most, beside its best baseline; "" where none was measured."""
    sides = figures.get("likelihood", {})
    side = "test" if "test" in sides else "valid"
    rows = sides.get(side, {})
    if "model" not in rows:
        return ""
    beside = ", ".join(f"{name} {rows[name]['bits_per_note']:.2f}" for name in ("ngram+copy",) if name in rows)
    return f"{rows['model']['bits_per_note']:.2f} {side}" + (f" ({beside})" if beside else "")
