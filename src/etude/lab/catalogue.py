"""The models at hand: finished runs, and exported files in the same folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from etude.errors import EtudeError
from etude.lab.loading import MODEL, load
from etude.lab.run import runs_in


@dataclass(frozen=True)
class Entry:
    """One model one can compose with."""

    name: str
    kind: str  # "run" or "exported"
    encoding: str
    size_mb: float
    licence: str


def catalogue(folder: Path) -> list[Entry]:
    """The models in `folder`; one that cannot be loaded is listed with the reason in place of its encoding."""
    entries = []
    for run in runs_in(folder):
        if run.exported.is_file():
            entries.append(_entry(run.folder, run.exported, "run"))
        elif (run.folder / MODEL).is_dir():
            entries.append(_entry(run.folder, run.folder, "run"))
    for path in sorted(folder.glob("*.etude")):
        entries.append(_entry(path, path, "exported"))
    return entries


def _entry(name: Path, file: Path, kind: str) -> Entry:
    parts = (file / MODEL).iterdir() if file.is_dir() else [file]
    size = sum(part.stat().st_size for part in parts) / 1e6
    try:
        loaded = load(file)
    except EtudeError as error:
        return Entry(str(name), kind, f"cannot be loaded: {error}", size, "")
    settings = json.dumps(loaded.encoding.settings) if loaded.encoding.settings else ""
    licence = str(loaded.metadata.get("licence", ""))
    return Entry(str(name), kind, f"{loaded.encoding.name} {settings}".strip(), size, licence)
