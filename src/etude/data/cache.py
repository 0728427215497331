"""The user's cache folder, folders that appear whole or not at all, and the version of the code that made them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from etude.files import sync_folder
from etude.registry import plugins


def cache_folder() -> Path:
    """Where etude keeps what it can make again: ETUDE_CACHE, else XDG_CACHE_HOME/etude, else ~/.cache/etude."""
    own = os.environ.get("ETUDE_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "etude"


@contextmanager
def whole_folder(target: Path, *, keep: str | None = None) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends well, and is gone otherwise.

    An older folder at `target` is replaced, unless it holds the file `keep`: then another process made the same
    folder meanwhile, and somebody may be reading it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    except OSError as error:
        error.filename = str(target)  # the name that was asked for
        raise
    os.chmod(made, 0o755)
    try:
        yield made
        if keep is None or not (target / keep).exists():
            _put_in_place(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, target: Path) -> None:
    """Renames `made` to `target`; a folder that stood there is moved aside first, then removed."""
    old = made.with_name(made.name + ".old")
    try:
        if target.exists():
            os.replace(target, old)
        os.replace(made, target)
    except OSError:
        if old.exists() and not target.exists():
            os.replace(old, target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
    sync_folder(target.parent)


@lru_cache
def code_version(*rooms: str) -> str:
    """16 hexadecimal digits that change with the source of the `rooms` and the versions of their plugins: part of
    every cache key."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        digest.update("\n".join(map(repr, plugins(room))).encode())
    return digest.hexdigest()[:16]
