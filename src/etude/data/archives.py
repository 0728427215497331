"""Data archives, unpacked into the cache by their fingerprint: nothing leaves the folder, no link is followed."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Literal

from etude import limits
from etude.data.cache import cache_folder, whole_folder
from etude.errors import BadInput, Reason

SUFFIXES = (".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar", ".zip")
_BLOCK = 2**20
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


@dataclass(frozen=True)
class _Member:
    """One entry of an archive of either kind; `size` is what it says of itself and never read beyond."""

    name: str
    size: int
    kind: Literal["file", "folder", "other"]
    open: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """Whether `path` is named like a data archive."""
    return path.name.lower().endswith(SUFFIXES)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(archive: Path) -> Path:
    """The folder that holds the archive's files, unpacked once. A single top folder of the archive is that folder.

    Raises BadInput when the archive is damaged, too large, or holds links, devices or paths that lead outside.
    """
    target = cache_folder() / "archives" / file_sha256(archive)[:32]
    if not target.is_dir():
        with whole_folder(target, keep=".") as made:
            try:
                with _members(archive) as members:
                    _unpack_all(members, made, archive)
            except (*_DAMAGE, RuntimeError) as error:  # RuntimeError: a zip that is encrypted or strangely packed
                raise BadInput(
                    f"{archive} cannot be unpacked: {error or 'it ends too early'}. Fetch it again.",
                    Reason.TRUNCATED if isinstance(error, (EOFError, tarfile.ReadError)) else Reason.BAD_STRUCTURE,
                ) from error
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target


@contextmanager
def _members(archive: Path) -> Iterator[Iterable[_Member]]:
    """The entries of an archive, each to be read before the next is asked for."""
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as packed:
            yield (_in_zip(packed, info) for info in packed.infolist())
    else:
        with tarfile.open(archive, mode="r|*") as streamed:
            yield (_in_tar(streamed, info) for info in streamed)


def _in_tar(streamed: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    kind: Literal["file", "folder", "other"] = "file" if info.isfile() else "folder" if info.isdir() else "other"
    return _Member(info.name, info.size, kind, lambda: streamed.extractfile(info))


def _in_zip(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    mode = stat.S_IFMT(info.external_attr >> 16)  # of the system that packed it; 0 where it has none
    plain = mode in (0, stat.S_IFREG, stat.S_IFDIR)
    kind: Literal["file", "folder", "other"] = "other" if not plain else "folder" if info.is_dir() else "file"
    return _Member(info.filename, info.file_size, kind, lambda: packed.open(info))


def _unpack_all(members: Iterable[_Member], folder: Path, archive: Path) -> None:
    """Writes the files of an archive into `folder`, counting bytes and files as they come."""
    room = limits.ARCHIVE_BYTES
    for number, member in enumerate(members, 1):
        room -= max(0, member.size)
        if number > limits.ARCHIVE_FILES or room < 0:
            raise BadInput(
                f"{archive} holds more than {limits.ARCHIVE_FILES} files or {limits.ARCHIVE_BYTES >> 20} MiB. "
                "Unpack it yourself and give the folder.",
                Reason.TOO_LARGE,
            )
        target = folder / _inside(member, archive)
        if member.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            continue
        content = member.open()
        if content is None:  # only what is no file has none, and that was refused
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, open(target, "xb") as out:  # "x": an archive that names a file twice is damaged or hostile
            shutil.copyfileobj(content, out, _BLOCK)


def _inside(member: _Member, archive: Path) -> Path:
    """The relative path of a member. Raises BadInput when it is a link or a device, or leads outside."""
    name = PurePosixPath(member.name)
    windows = PureWindowsPath(member.name)
    leads_out = name.is_absolute() or ".." in (*name.parts, *windows.parts) or windows.drive or windows.root
    if leads_out or "\0" in member.name or member.kind == "other":
        what = "leads outside" if leads_out else "is neither a file nor a folder"
        raise BadInput(
            f"{archive} holds '{member.name}', which {what}. Nothing was unpacked; do not trust this archive.",
            Reason.FORBIDDEN,
        )
    return Path(*name.parts)
