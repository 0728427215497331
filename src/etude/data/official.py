"""Where the data of the recorded experiments lies in a person's folder."""

from __future__ import annotations

from pathlib import Path

from etude.errors import BadInput, Reason


def locate(name: str, folder: Path) -> Path:
    """What `Collection.open` takes for the data called `name`. Raises BadInput when `folder` does not hold it."""
    found = sorted(folder.glob(f"{name}*.tar.xz")) if folder.is_dir() else [folder] if folder.is_file() else []
    if not found:
        raise BadInput(f"{folder} holds no archive {name}*.tar.xz.", Reason.UNREADABLE)
    return found[0]
