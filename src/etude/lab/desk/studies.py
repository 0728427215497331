"""Reports of `etude study`, as the studio shows them: by id, the files they name by number, nothing else."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.files import sha256

REPORT, SHORT = "report.html", "conclusions.json"
LARGEST = 20_000_000  # bytes of a report
NAMED = re.compile(r"(src|href)='(?!data:|#)([^']*)'")  # a file beside the report, as `etude.lab.page` writes it
KINDS = {
    ".wav": "audio/wav",
    ".mid": "audio/midi",
    ".abc": "text/plain",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}  # of files that a report may name


def studies(folder: Path) -> list[dict[str, Any]]:
    """The studies in `folder` that have a report, the newest first."""
    found = sorted(folder.glob(f"*/{REPORT}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_about(path.parent) for path in found]


def _about(folder: Path) -> dict[str, Any]:
    short = folder / SHORT
    told = json.loads(short.read_bytes()) if short.is_file() else {}
    made = (folder / REPORT).stat().st_mtime
    return {"id": number_of(folder), "name": folder.name, "made_at": made, "short": str(told.get("in short", ""))}


def number_of(folder: Path) -> str:
    """The id of a study: no path leaves this machine's own pages, and none comes back."""
    return sha256(str(folder.absolute()).encode())[:16]


def report(folder: Path, number: str) -> str:
    """The HTML of a study's report, each file that it names by its number. Raises BadInput when there is none."""
    count = iter(range(10**6))
    return NAMED.sub(lambda found: f"{found[1]}='files/{next(count)}'", _text(_folder(folder, number)))


def named_file(folder: Path, number: str, at: int) -> Path:
    """The file that a report names in place `at`. Raises BadInput when it is none that may be shown."""
    study = _folder(folder, number).resolve()
    names = [unescape(found[2]) for found in NAMED.finditer(_text(study))]
    path = (study / names[at]).resolve() if at < len(names) else study
    if not (path.is_relative_to(study) and path.suffix in KINDS and path.is_file()):
        raise BadInput("There is no such file in this study.", Reason.UNREADABLE)
    return path


def _folder(folder: Path, number: str) -> Path:
    for path in folder.glob(f"*/{REPORT}"):
        if number_of(path.parent) == number:
            return path.parent
    raise BadInput("There is no such study.", Reason.UNREADABLE)


def _text(folder: Path) -> str:
    path = folder / REPORT
    if path.stat().st_size > LARGEST:
        return f"<p>{escape(path.name)} is too large to be shown here: open it from its folder.</p>"
    return path.read_text("utf-8", "replace")
