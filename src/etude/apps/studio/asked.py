"""What an endpoint is: a request, read and checked, and the kinds of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.apps.studio.fields import Field
from etude.errors import UsageError
from etude.lab.desk import Desk

ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Asked:
    """One request: the ids of its path, its query, its checked JSON, or its bytes."""

    desk: Desk
    ids: Mapping[str, Any]
    query: Mapping[str, str]
    values: Mapping[str, Any]
    body: bytes = b""


@dataclass(frozen=True)
class File:
    """An answer that is a file."""

    path: Path
    kind: str
    name: str = ""  # to be saved as; "" shows it
    stays: bool = False  # whether it never changes


@dataclass(frozen=True)
class Data:
    """An answer to be saved as a file of that name."""

    data: bytes
    kind: str
    name: str


@dataclass(frozen=True)
class Page:
    """An answer that is a page of its own, not of the studio's: nothing runs in it."""

    html: str


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked for."""

    method: str
    path: str
    about: str
    answer: Callable[[Asked], Any]
    fields: tuple[Field, ...] = ()
    query: tuple[str, ...] = ()
    raw: bool = False  # the body is a file, not JSON
    status: int = 200


def ids_of(asked: Asked) -> list[str]:
    """The ids in the query. Raises UsageError when one is none."""
    ids = asked.query.get("ids", "").split(",")
    if not all(ID.fullmatch(one) for one in ids):
        raise UsageError("'ids' are 16 hexadecimal digits each, with commas between them.")
    return ids
