"""Files on their way into a collection: found, read by killable workers, and named tune by tune."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from etude import limits
from etude.data.build import Tune
from etude.errors import BadInput, Reason
from etude.formats.base import refusal

Progress = Callable[[int, int], None]  # done, in all
Official = Callable[[str, int], str | None]  # file and number of a tune in it (from 1) -> its published split
Named = tuple[str, Path]  # the path a file has in the collection, and where it lies


def no_progress(done: int, total: int) -> None:
    """Says nothing."""


def find_files(root: Path) -> list[Named]:
    """Every file under the folder `root`, named relative to it, in order of name; or `root` itself if it is a file.

    Links to folders are not followed; a folder that cannot be listed is in the list itself, so that it is refused
    by name.
    """
    if not root.is_dir():
        return [(root.name, root)]
    found: list[Path] = []
    for folder, folders, names in os.walk(root, onerror=lambda error: found.append(Path(error.filename))):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found.extend(Path(folder, name) for name in [*names, *links])
    return sorted((path.relative_to(root).as_posix(), path) for path in found)


def find_all(paths: Sequence[Path], *, several: bool = False) -> list[Named]:
    """The files under all `paths`; with several of them, each name begins with the path as given.

    Raises BadInput when a path does not exist.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise BadInput(f"There is no file or folder {path}. Check the name.", Reason.UNREADABLE)
    if len(paths) == 1 and not several:
        return find_files(paths[0])
    named: list[Named] = []
    for root in paths:
        inside = find_files(root)
        named += [
            (f"{root.as_posix().rstrip('/')}/{name}" if root.is_dir() else str(root), path) for name, path in inside
        ]
    return named


def read_tunes(
    files: Sequence[Named],
    *,
    jobs: int | None = None,
    progress: Progress = no_progress,
    official: Official | None = None,
    seconds: float = limits.WORKER_SECONDS,
) -> Iterator[Tune]:
    """The tunes of `files`, in order, every file at least one."""
    from etude.formats import read_safely

    readable = [(name, path) for name, path in files if path.is_file()]
    answers = iter(read_safely([path for _, path in readable], jobs=jobs, seconds=seconds))
    for done, (name, path) in enumerate(files):
        progress(done, len(files))
        if not path.is_file():
            yield Tune(name, refusal(Reason.UNREADABLE, _what_it_is(path)))
            continue
        answer = next(answers)
        many = len(answer.readings) > 1
        for number, reading in enumerate(answer.readings, 1):
            side = official(name, number) if official else None
            yield Tune(name, reading, answer.sha256, side, official is not None, number if many else None)
    progress(len(files), len(files))


def _what_it_is(path: Path) -> str:
    """Why a path that is no regular file is not read."""
    if path.is_symlink():
        return f"a link to {'a folder' if path.is_dir() else 'nothing that can be read'}; links are not followed"
    return "a folder that cannot be listed" if path.is_dir() else "neither a file nor a folder"


def listing_key(files: Iterable[Named]) -> list[tuple[str, int, int]]:
    """Name, bytes and time of change of each file: what a cached collection of a folder is good for."""
    key = []
    for name, path in files:
        try:
            status = path.stat()
            key.append((name, status.st_size, status.st_mtime_ns))
        except OSError:
            key.append((name, -1, 0))
    return key
