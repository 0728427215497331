"""The .mxl package: a ZIP archive whose META-INF/container.xml names the score inside it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.musicxml.tree import parse_tree

CONTAINER = "META-INF/container.xml"
SCORE = "score.musicxml"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date ZIP knows: the same music makes the same bytes
MAGIC = b"PK\x03\x04"
DIRECTORY_BYTES = 2**20  # of the archive's list of files; a score package holds a handful
FREE_BYTES = 2**20  # a file that unpacks to less is no bomb, however well it packs
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_TROUBLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError, RuntimeError, struct.error)


def compress(document: bytes) -> bytes:
    """The bytes of an .mxl file that holds `document`."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        f'<rootfile full-path="{SCORE}" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        mimetype = zipfile.ZipInfo("mimetype", EPOCH)
        archive.writestr(mimetype, "application/vnd.recordare.musicxml", zipfile.ZIP_STORED)
        for name, data in ((CONTAINER, container.encode()), (SCORE, document)):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(data: bytes) -> bytes:
    """The score inside an .mxl file, unpacked in memory. Raises BadInput for what is not a small, plain package."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _score_name(archive))
    except _TROUBLE as error:
        raise BadInput(f"the .mxl archive is damaged: {error}", Reason.BAD_STRUCTURE) from None


def _check_directory(data: bytes) -> None:
    """Refuses an archive whose list of files is missing or huge, before anything reads the list."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 2**16 - END_OF_DIRECTORY.size))
    if at < 0 or at + END_OF_DIRECTORY.size > len(data):
        raise BadInput("the .mxl archive ends before its list of files", Reason.TRUNCATED)
    size = END_OF_DIRECTORY.unpack_from(data, at)[5]
    if size > DIRECTORY_BYTES:
        raise BadInput(f"the .mxl archive lists {size} bytes of file names", Reason.TOO_LARGE)


def _score_name(archive: zipfile.ZipFile) -> str:
    """The name of the score: the container's first root file, else the first XML file outside META-INF."""
    names = archive.namelist()
    if CONTAINER not in names:
        for name in names:
            if name.lower().endswith((".xml", ".musicxml")) and not name.startswith("META-INF/"):
                return name
        raise BadInput("the .mxl archive has neither a container file nor a score", Reason.BAD_STRUCTURE)
    rootfile = parse_tree(_member(archive, CONTAINER)).find(".//{*}rootfile")
    name = rootfile.get("full-path", "") if rootfile is not None else ""
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise BadInput(f"the .mxl container names a path outside the archive: {name[:80]!r}", Reason.FORBIDDEN)
    if name not in names:
        raise BadInput(f"the .mxl container names {name[:80]!r}, which is not inside", Reason.BAD_STRUCTURE)
    return name


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of the archive, refused when it is encrypted, oddly packed, or a bomb."""
    info = archive.getinfo(name)
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadInput("the .mxl archive is encrypted or packed in an unusual way", Reason.UNSUPPORTED)
    with archive.open(info) as member:
        data = member.read(limits.INFLATED_BYTES + 1)
    if len(data) > limits.INFLATED_BYTES:
        raise BadInput(f"the .mxl archive unpacks to over {limits.INFLATED_BYTES} bytes", Reason.TOO_LARGE)
    if len(data) > FREE_BYTES and len(data) > limits.INFLATE_RATIO * max(info.compress_size, 1):
        raise BadInput(f"the .mxl archive unpacks to over {limits.INFLATE_RATIO} times its size", Reason.TOO_LARGE)
    return data
