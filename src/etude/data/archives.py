"""Data archives: unpacked safely into the cache, recognised by what is inside, read with their official splits."""

from __future__ import annotations

from pathlib import Path

from etude.data.plans import BUILT_IN, Plan, plan_files
from etude.errors import BadInput, Reason


def plan_path(path: Path) -> Plan:
    """The plan of a path: a data archive, a folder unpacked from one, a folder of files, or a file."""
    if not path.exists():
        raise BadInput(
            f"There is no collection '{path}'. Give a folder of music files, a tune book, a data archive "
            f"(.tar.xz), what `etude ingest` wrote, or a built-in one: {', '.join(BUILT_IN)}.",
            Reason.UNREADABLE,
        )
    return plan_files(path)
