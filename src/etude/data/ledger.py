"""The ledger: a row a tune, what became of it and why, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason


@dataclass
class Row:
    """What became of one tune.

    path, status (kept, repaired, refused), reason (a code of `etude.errors.Reason`, or None), detail, notes (how
    many), warnings, sha256 (of the file's bytes), duplicate_of (path of the tune this one repeats), split (train,
    valid, test): the contract. Beyond it: file (that the tune stands in), duplicate_kind (file, notes, transposed),
    group (path of the first tune of its near-duplicates), index (its number among the stored scores), seconds of
    music, title, composer, origin, licence, official (whether the split is that of the source's authors), beats
    ("tempo map" or "estimate") and how far the beats can be trusted (`etude.data.beats`).
    """

    path: str
    status: str
    reason: str | None = None
    detail: str = ""
    notes: int = 0
    warnings: list[str] | tuple[str, ...] = ()
    sha256: str = ""
    duplicate_of: str | None = None
    split: str | None = None
    file: str = ""
    duplicate_kind: str | None = None
    group: str | None = None
    index: int | None = None
    seconds: float = 0.0
    title: str = ""
    origin: str = ""
    licence: str = ""
    official: bool = False
    beats: str = ""
    beat_confidence: float = 0.0
    composer: str = ""


def write_ledger(rows: Iterable[Row], path: Path) -> None:
    """Writes one JSON object a row to `path`."""
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(vars(row), ensure_ascii=True, separators=(",", ":")) + "\n")


def read_ledger(path: Path) -> list[Row]:
    """The rows of a ledger file. Raises BadInput naming the line that is none."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                values: dict[str, Any] = json.loads(line)
                rows.append(Row(**values))
            except (ValueError, TypeError) as error:
                raise BadInput(
                    f"{path}, line {number}, is no row of a ledger: {error}. Run `etude ingest` again.",
                    Reason.BAD_STRUCTURE,
                    number,
                ) from error
    return rows
