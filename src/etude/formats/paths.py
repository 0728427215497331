"""Paths to Scores and back: which format a file has, reading it behind the limits, writing it whole."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from etude import limits, registry
from etude.errors import BadInput, EtudeError, Reason, UsageError
from etude.files import write_atomically
from etude.formats.base import Format, Reading
from etude.score import Score

# The suffixes of the built-in formats stand here too, so that telling a format imports none of the others.
_SUFFIXES = {
    "midi": (".mid", ".midi", ".kar", ".smf", ".rmi", ".midi2"),
    "abc": (".abc",),
    "musicxml": (".musicxml", ".xml", ".mxl"),
    "letters": (".letters", ".txt"),
}
GUARDED = frozenset({"midi"})  # read in a killable worker even when it is one file


def suffixes() -> dict[str, str]:
    """Every suffix that can be read (lower case, with the dot) and the name of its format."""
    known = {suffix: name for name, ends in _SUFFIXES.items() for suffix in ends}
    for plugin, form in registry.loaded("formats").items():
        for suffix in getattr(form, "suffixes", ()):
            if suffix in known:
                registry.left_out(f"{plugin} does not get the suffix {suffix}: '{known[suffix]}' has it.")
            known.setdefault(suffix, plugin.name)
    return known


def format_name(path: Path) -> str:
    """The name of the format that the suffix of `path` stands for. Raises BadInput when it is none."""
    suffix = path.suffix.lower()
    for name, ends in _SUFFIXES.items():
        if suffix in ends:
            return name
    known = suffixes()
    if suffix not in known:
        raise BadInput(
            f"{path}: no reader knows the suffix '{path.suffix}'. Known: {' '.join(sorted(known))}.",
            Reason.UNKNOWN_FORMAT,
        )
    return known[suffix]


def format_of(path: str | Path) -> Format:
    """The format that the suffix of `path` stands for. Raises BadInput when no format has it."""
    return cast(Format, registry.get("formats", format_name(Path(path))))


def load(path: Path) -> bytes:
    """The bytes of a file. Raises BadInput when it cannot be opened or is larger than `limits.FILE_BYTES`."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise BadInput(f"{path} is a folder or a device, not a file.", Reason.UNREADABLE)
        if about.st_size > limits.FILE_BYTES:
            raise BadInput(
                f"{path} has {about.st_size:,} bytes; the limit is {limits.FILE_BYTES:,}. Split it.",
                Reason.TOO_LARGE,
            )
        with path.open("rb", buffering=0) as file:
            return file.read(about.st_size)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{path} cannot be read: {why}.", Reason.UNREADABLE) from error


def parse(reader: Format, data: bytes) -> list[Reading]:
    """What `reader` makes of `data`; never an empty list. Raises BadInput, whatever the reader raised."""
    try:
        readings = reader.parse(data)
    except BadInput:
        raise
    except MemoryError as error:
        raise BadInput("Reading it took too much memory.", Reason.OUT_OF_MEMORY) from error
    except Exception as error:  # a fault of the reader, or a file it did not expect
        detail = f"the {reader.name} reader failed with {type(error).__name__}: {error}"
        raise BadInput(f"{detail}. Please report it with the file.", Reason.READER_FAILED) from error
    if not readings:
        raise BadInput("There is no tune in it.", Reason.EMPTY)
    return readings


def read_all(path: str | Path) -> list[Reading]:
    """One Reading a tune, in the order of the file. Raises BadInput when the file as a whole cannot be read."""
    where = Path(path)
    name = format_name(where)
    if name in GUARDED:
        from etude.formats.guard import read_safely

        readings = list(next(iter(read_safely([where], jobs=1))).readings)
        if all(reading.score is None for reading in readings):
            first = readings[0]
            raise BadInput(_placed(where, first.detail), first.reason or Reason.READER_FAILED)
        return readings
    data = load(where)
    try:
        return parse(format_of(where), data)
    except BadInput as error:
        raise BadInput(_placed(where, str(error)), error.reason, error.offset) from error


def _placed(path: Path, message: str) -> str:
    """The message with the file it is about, if it does not name it already."""
    return message if str(path) in message else f"{path}: {message}"


def read(path: str | Path) -> Score:
    """The first good tune of a file. Raises BadInput when there is none."""
    readings = read_all(path)
    for reading in readings:
        if reading.score is not None:
            return reading.score
    first = readings[0]
    raise BadInput(_placed(Path(path), first.detail), first.reason or Reason.EMPTY)


def write(score: Score | Sequence[Score], path: str | Path) -> None:
    """Writes one Score, or several where the format holds several, whole or not at all; the suffix says how.

    Raises UsageError when the suffix stands for no format or the format cannot hold the music.
    """
    where = Path(path)
    try:
        writer = format_of(where)
    except BadInput as error:
        raise UsageError(f"{error} Choose a name that ends in one of them.") from error
    data = writer.dump([score] if isinstance(score, Score) else list(score))
    if where.suffix.lower() == ".mxl":
        from etude.formats.musicxml import compress

        data = compress(data)
    try:
        write_atomically(where, data)
    except OSError as error:
        raise EtudeError(
            f"{where} cannot be written: {error.strerror or error}. Check the folder and its rights."
        ) from error
