"""Data archives, unpacked into the cache by their fingerprint: nothing leaves the folder, no link is followed."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import tarfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from etude import limits
from etude.data.cache import cache_folder, whole_folder
from etude.errors import BadInput, Reason

SUFFIXES = (".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar")
_BLOCK = 2**20


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
                with tarfile.open(archive, mode="r|*") as members:
                    _unpack_all(members, made, archive)
            except (tarfile.TarError, lzma.LZMAError, EOFError, OSError, ValueError) as error:
                raise BadInput(
                    f"{archive} cannot be unpacked: {error or 'it ends too early'}. Fetch it again.",
                    Reason.TRUNCATED if isinstance(error, (EOFError, tarfile.ReadError)) else Reason.BAD_STRUCTURE,
                ) from error
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target


def _unpack_all(members: tarfile.TarFile, folder: Path, archive: Path) -> None:
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
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        content = members.extractfile(member)
        if content is None:  # only what is no file has none, and that was refused
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as out:  # "x": an archive that names a file twice is damaged or hostile
            shutil.copyfileobj(content, out, _BLOCK)


def _inside(member: tarfile.TarInfo, archive: Path) -> Path:
    """The relative path of a member. Raises BadInput when it is a link or a device, or leads outside."""
    name = PurePosixPath(member.name)
    windows = PureWindowsPath(member.name)
    leads_out = name.is_absolute() or ".." in (*name.parts, *windows.parts) or windows.drive or windows.root
    if leads_out or "\0" in member.name or not (member.isfile() or member.isdir()):
        what = "leads outside" if leads_out else "is neither a file nor a folder"
        raise BadInput(
            f"{archive} holds '{member.name}', which {what}. Nothing was unpacked; do not trust this archive.",
            Reason.FORBIDDEN,
        )
    return Path(*name.parts)
