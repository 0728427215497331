"""Data as its publishers hand it out: where a person gets it, under which licence, and whether it is whole."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from etude.data.archives import file_sha256, is_archive, unpack
from etude.data.cache import cache_folder, whole_folder
from etude.data.published import AUGMENTED, AUGMENTED_SHA256, IRISH, IRISH_SHA256, write_original_songs
from etude.errors import BadInput, Reason

MAESTRO_TABLE = "maestro-v2.0.0.csv"
MAESTRO_SHA256 = "b29131ce89a49df044c54974d11d9977dc7bc53d35aeb39b4d3747f59a34092d"


@dataclass(frozen=True)
class Distribution:
    """One published data set: the file that it is known by, where to get it, and what may be done with it."""

    name: str
    what: str
    where: str
    licence: str
    file: str  # as it is called where it is published
    sha256: str  # of that file
    archives: str  # pattern of the names of the benchmark archives that hold the same
    places: tuple[str, ...] = ()  # where the file lies in a copy of what the publisher hands out
    packed: str = ""  # pattern of the names of packed downloads
    use: Callable[[Path], Path] = lambda path: path  # the checked file -> what `Collection.open` takes


def locate(name: str, folder: Path) -> Path:
    """What `Collection.open` takes for the data called `name`, from the folder (or file) that a person has.

    The folder holds benchmark archives (`irish-abc.tar.xz`) or the publisher's files; `name/part` gives one file of
    the data. Raises BadInput that says what was looked for, where to get it and under which licence, or which
    SHA-256 it has and should have.
    """
    known, _, part = name.partition("/")
    wanted = OFFICIAL.get(known)
    archives = _archives(wanted.archives if wanted else f"{re.escape(known)}.*", folder)
    if archives:
        found = archives[0]
    elif wanted is None:
        raise BadInput(
            f"{folder} holds no archive {known}*.tar.xz, and '{known}' is no published data that etude knows the "
            f"files of; those are {', '.join(OFFICIAL)}.",
            Reason.UNREADABLE,
        )
    else:
        found = _published(wanted, folder)
    return found / part if part else found


def _archives(pattern: str, folder: Path) -> list[Path]:
    """The benchmark archives of that name in `folder`, or `folder` itself if it is one."""
    beside = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    return [path for path in beside if path.is_file() and re.fullmatch(rf"{pattern}\.tar\.xz", path.name)]


def _published(wanted: Distribution, folder: Path) -> Path:
    """The publisher's files, checked. Raises BadInput when they are not there or are other ones."""
    found = next((path for path in _candidates(wanted, folder) if path.is_file()), None)
    if found is None:
        raise BadInput(
            f"{folder} holds neither {wanted.file} nor a benchmark archive of it. {wanted.name} is {wanted.what}. "
            f"Get it from {wanted.where}. Licence: {wanted.licence}.",
            Reason.UNREADABLE,
        )
    _check(wanted, found)
    return wanted.use(found)


def _candidates(wanted: Distribution, folder: Path) -> Iterator[Path]:
    """Where the file may lie: given itself, in the folder, in the publisher's folders, in a packed download."""
    if folder.is_file() and not is_archive(folder):
        yield folder
    places = ("", *wanted.places)
    yield from (folder / place / wanted.file for place in places)
    packed = [folder] if is_archive(folder) else sorted(folder.glob(wanted.packed)) if wanted.packed else []
    for archive in packed:
        unpacked = unpack(archive)
        yield from (unpacked / place / wanted.file for place in places)


def _check(wanted: Distribution, path: Path) -> None:
    """Raises BadInput when the file is another one than was published."""
    found = file_sha256(path)
    if found != wanted.sha256:
        raise BadInput(
            f"{path} is not {wanted.file} as published: its SHA-256 is {found}, that of the published file is "
            f"{wanted.sha256}. Get it from {wanted.where}. Licence: {wanted.licence}.",
            Reason.BAD_STRUCTURE,
        )


def _songs(augmented: Path) -> Path:
    """The folder with the songs in their original key, made once in the cache."""
    target = cache_folder() / "official" / f"seed-melodies-{AUGMENTED_SHA256[:16]}"
    if not (target / AUGMENTED).is_file():
        with whole_folder(target, keep=AUGMENTED) as made:
            write_original_songs(augmented, made)
    return target


def _whole_maestro(table: Path) -> Path:
    """The folder of the table. Raises BadInput when performances that it lists are not there."""
    with open(table, encoding="utf-8", newline="") as lines:
        names = [row["midi_filename"] for row in csv.DictReader(lines)]
    missing = [name for name in names if not (table.parent / name).is_file()]
    if missing:
        raise BadInput(
            f"{table.parent} lacks {len(missing)} of the {len(names)} performances of MAESTRO, the first "
            f"'{missing[0]}'. Unpack the whole of maestro-v2.0.0-midi.zip.",
            Reason.UNREADABLE,
        )
    return table.parent


def _maestro(name: str) -> Distribution:
    return Distribution(
        name,
        what="MAESTRO v2.0.0, 1,282 piano performances as MIDI (Hawthorne et al., ICLR 2019)",
        where="the MAESTRO page of the Magenta project (magenta.tensorflow.org/datasets/maestro), "
        "maestro-v2.0.0-midi.zip, packed or unpacked",
        licence="CC BY-NC-SA 4.0, not for commercial use; weights trained on it carry the same",
        file=MAESTRO_TABLE,
        sha256=MAESTRO_SHA256,
        archives=r"maestro-v2-notes-\d-.*",
        places=("maestro-v2.0.0",),
        packed="maestro-v2.0.0*.zip",
        use=_whole_maestro,
    )


OFFICIAL: dict[str, Distribution] = {
    one.name: one
    for one in (
        Distribution(
            "irish-abc",
            what="the ABC tune book of the MIT course Introduction to Deep Learning",
            where="github.com/MITDeepLearning/introtodeeplearning, mitdeeplearning/data/irish.abc",
            licence="MIT (that of the repository; the transcribers are not stated)",
            file=IRISH,
            sha256=IRISH_SHA256,
            archives="irish-abc",
            places=("mitdeeplearning/data", "data"),
        ),
        Distribution(
            "seed-melodies",
            what="365 letter melodies in five keys, made from BiMMuDa (Billboard Melodic Music Dataset)",
            where="github.com/Luke-Barry/finalAssignment_musicDataset, inputMelodiesAugmented.txt",
            licence="none stated: for research only, not to be passed on",
            file=AUGMENTED,
            sha256=AUGMENTED_SHA256,
            archives="seed-melodies",
            use=_songs,
        ),
        _maestro("maestro-v2-notes"),
        _maestro("maestro-v2"),
    )
}
