"""The key of a set of pairs: which side of each was the model's. Without it nobody can read the answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason

KEY, FORMAT = "key.json", 1  # the file's name, and the version of what stands in it


def read_key(folder: Path) -> Mapping[str, Any]:
    """What stands in the key. Raises BadInput when there is none."""
    path = folder / KEY
    if not path.is_file():
        raise BadInput(
            f"There is no key {path}. Make pairs with: etude pairs make --out {folder}", Reason.UNREADABLE
        )
    try:
        key: dict[str, Any] = json.loads(path.read_text("utf-8"))
        whole = key["format"] == FORMAT and len(key["pairs"]) == key["count"] and bool(key["set"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is no key of pairs: {error}.", Reason.BAD_STRUCTURE) from error
    if not whole:
        raise BadInput(f"{path} is no key that this version reads.", Reason.UNSUPPORTED)
    return key
