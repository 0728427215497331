"""The known data sets: recognised by the files they hold, read with the splits their authors published."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from etude.data.archives import file_sha256, is_archive, unpack
from etude.data.columns import maestro_tunes
from etude.data.frames import chorale_tunes, matlab_tunes
from etude.data.plans import BUILT_IN, Plan, plan_files
from etude.data.published import published
from etude.data.reading import Official, find_files, listing_key
from etude.data.sources import SOURCES
from etude.errors import BadInput, Reason
from etude.score import Metadata

_COLUMNS = re.compile(r"(maestro-v2-notes)-\d-.*\.tar\.xz", re.IGNORECASE)
_COLUMN_FILES = ("index.json", "onset_delta_ticks.npy", "duration_ticks.npy", "pitch.npy", "velocity.npy")
_SIDES = {"train": "train", "valid": "valid", "validation": "valid", "val": "valid", "test": "test"}


def plan_path(path: Path) -> Plan:
    """The plan of a path: a data archive, something inside one (`set.tar.xz/folder`), a folder, or a file."""
    if path.is_file() and is_archive(path):
        return _archive(path, Path())
    if not path.exists():
        archive = next((parent for parent in path.parents if parent.is_file() and is_archive(parent)), None)
        if archive is None:
            raise BadInput(
                f"There is no collection '{path}'. Give a folder of music files, a tune book, a data archive "
                f"(.tar.xz, .zip), what `etude ingest` wrote, or a built-in one: {', '.join(BUILT_IN)}.",
                Reason.UNREADABLE,
            )
        return _archive(archive, path.relative_to(archive))
    return plan_here(path) or plan_files(path)


def _archive(archive: Path, inner: Path) -> Plan:
    """The plan of an archive, or of the part `inner` of it."""
    if _COLUMNS.fullmatch(archive.name):
        return _columns_in_archives(archive)
    folder = unpack(archive)
    here = folder / inner
    if not here.exists():
        raise BadInput(f"There is no '{inner}' in {archive}; it holds {_listed(folder)}.", Reason.UNREADABLE)
    key = [file_sha256(archive), inner.as_posix()]
    name = archive.name.partition(".")[0] if inner == Path() else inner.name
    plan = plan_here(here)
    if plan is None:
        plain = plan_files(here)
        source = SOURCES.get(archive.name.partition(".")[0], plain.source)
        return Plan(name, source, plain.files, key)
    return replace(plan, key=key)


def _listed(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


def plan_here(path: Path) -> Plan | None:
    """The plan of a folder or file laid out like a known data set; None when it is none."""
    if path.is_file():
        return _matlab(path.parent, [path]) if path.suffix.lower() == ".mat" else _official(path)
    for sign, recognised in _LAYOUTS.items():
        if (path / sign).exists():
            return recognised(path)
    matlab = sorted(path.glob("*.mat"))
    return _matlab(path, matlab) if matlab else None


def _key(root: Path) -> list[Any]:
    return [str(root.resolve()), listing_key(find_files(root))]


def _chorales(root: Path) -> Plan:
    path = root / "Jsb16thSeparated.json"
    return Plan(
        "jsb-chorales",
        SOURCES["jsb-chorales"],
        ((path.name, path),),
        _key(root),
        official_rule="train, valid and test as in Jsb16thSeparated.json (229/76/77)",
        direct=lambda: chorale_tunes(path),
        note="the other grids of the archive are the same chorales and are left out",
    )


def _matlab(root: Path, paths: list[Path]) -> Plan:
    files = tuple((path.name, path) for path in paths)
    return Plan(
        "poly-music-bl2012",
        SOURCES["poly-music-bl2012"],
        files,
        [str(root.resolve()), listing_key(files)],
        official_rule="traindata, validdata and testdata of the .mat files (Boulanger-Lewandowski et al. 2012)",
        direct=lambda: matlab_tunes(paths),
    )


def _irish(root: Path) -> Plan:
    sides = _numbered(root / "split_by_tune.json")
    return _book(root, "irish-abc", "irish.abc", sides, "split_by_tune.json (hash of the tune's body; 633/87/82)")


def _letters(root: Path) -> Plan:
    sides = _numbered(root / "split_by_song.json")
    note = "inputMelodiesAugmented.txt holds the same songs in five other keys and is left out"
    book = "melodies365_key0_collapsedR.txt"
    return _book(root, "seed-melodies", book, sides, "split_by_song.json (hash of the intervals; 287/42/36)", note)


def _book(root: Path, name: str, book: str, sides: Mapping[int, str], rule: str, note: str = "") -> Plan:
    """The plan of one tune book whose split is given by the number of the tune, counted from 0."""

    def official(file: str, number: int) -> str | None:
        return sides.get(number - 1)

    return Plan(name, SOURCES[name], ((book, root / book),), _key(root), official, rule, note=note)


def _numbered(path: Path) -> dict[int, str]:
    """Number of a tune, from 0 -> its side."""
    return {number: _SIDES[side] for side, numbers in _json(path)["split"].items() for number in numbers}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is no JSON file: {error}.", Reason.BAD_STRUCTURE) from error


def _official(path: Path) -> Plan | None:
    """The plan of a file whose split was published with its rule; None when it is no such file."""
    known = published(path)
    if known is None:
        return None
    sides = known.sides

    def official(file: str, number: int) -> str | None:
        return sides.get(number - 1)

    files = ((known.file, path),)
    return Plan(known.name, SOURCES[known.source], files, known.rule, official, known.rule)


def _groove(root: Path) -> Plan:
    files = tuple((name, path) for name, path in find_files(root) if name.endswith(".mid"))
    sides = _listed_sides(root / "info.csv", "midi_filename")
    rule = "column 'split' of info.csv (897/124/129)"
    credits = _styles(root / "info.csv")
    return Plan("groove", SOURCES["groove"], files, _key(root), _by_file(sides), rule, credits=credits)


def _styles(path: Path) -> dict[str, Metadata]:
    """File -> the style, tempo and meter of a performance of Groove, and whether it is a beat or a fill."""
    with open(path, encoding="utf-8", newline="") as lines:
        return {
            row["midi_filename"]: Metadata(
                extra=(
                    ("style", row["style"].partition("/")[0]),
                    ("tempo", row["bpm"]),
                    ("meter", row["time_signature"].replace("-", "/")),
                    ("role", row["beat_type"]),
                )
            )
            for row in csv.DictReader(lines)
            if {"style", "bpm", "time_signature", "beat_type"} <= row.keys()
        }


def _maestro_midi(root: Path) -> Plan:
    files = tuple((name, path) for name, path in find_files(root) if name.endswith((".midi", ".mid")))
    sides = _listed_sides(root / "maestro-v2.0.0.csv", "midi_filename")
    rule = "column 'split' of maestro-v2.0.0.csv"
    official = _by_file(sides)
    return Plan("maestro-v2", SOURCES["maestro-v2"], files, _key(root), official, rule, credits=_credits(root))


def _credits(root: Path) -> dict[str, Metadata]:
    """File -> title, composer and year, as the columns of MAESTRO have them too."""
    with open(root / "maestro-v2.0.0.csv", encoding="utf-8", newline="") as lines:
        return {
            row["midi_filename"]: Metadata(
                title=row["canonical_title"], composer=row["canonical_composer"], extra=(("year", row["year"]),)
            )
            for row in csv.DictReader(lines)
        }


def _listed_sides(path: Path, column: str) -> dict[str, str]:
    """File -> side, from a table with the columns `column` and split."""
    with open(path, encoding="utf-8", newline="") as lines:
        return {row[column]: _SIDES[row["split"]] for row in csv.DictReader(lines) if row["split"] in _SIDES}


def _by_file(sides: Mapping[str, str]) -> Official:
    return lambda file, number: sides.get(file)


def _nottingham(root: Path) -> Plan:
    files = tuple((f"ABC_cleaned/{name}", path) for name, path in find_files(root / "ABC_cleaned"))
    note = "MIDI/ holds the same tunes; open the archive's part 'MIDI' for them"
    return Plan("nottingham", SOURCES["nottingham"], files, _key(root), note=note)


def _folk(root: Path) -> Plan:
    files = tuple((name, path) for name, path in find_files(root) if name.endswith(".abc"))
    return Plan("folk-abc-pd", SOURCES["folk-abc-pd"], files, _key(root))


def _maestro_columns(root: Path) -> Plan:
    return _columns({path.name: path for path in root.iterdir()}, _key(root), str(root))


def _columns_in_archives(archive: Path) -> Plan:
    """The plan of the four archives that lie beside each other, from any of them."""
    parts = sorted(path for path in archive.parent.iterdir() if _COLUMNS.fullmatch(path.name))
    files = {path.name: path for part in parts for path in unpack(part).rglob("*") if path.is_file()}
    return _columns(files, [file_sha256(part) for part in parts], str(archive.parent))


def _columns(files: Mapping[str, Path], key: Any, where: str) -> Plan:
    missing = [name for name in _COLUMN_FILES if name not in files]
    if missing:
        raise BadInput(
            f"The notes of MAESTRO come in four archives; in {where} {', '.join(missing)} is missing. "
            "Put maestro-v2-notes-1 to -4 into one folder.",
            Reason.UNREADABLE,
        )
    return Plan(
        "maestro-v2-notes",
        SOURCES["maestro-v2-notes"],
        tuple(sorted(files.items())),
        key,
        official_rule="'split' in index.json, the official one (967/137/178)",
        direct=lambda: maestro_tunes(files),
    )


_LAYOUTS: dict[str, Callable[[Path], Plan]] = {
    "Jsb16thSeparated.json": _chorales,
    "split_by_tune.json": _irish,
    "split_by_song.json": _letters,
    "onset_delta_ticks.npy": _maestro_columns,
    "maestro-v2.0.0.csv": _maestro_midi,
    "ABC_cleaned": _nottingham,
    "info.csv": _groove,
    "oneills1850": _folk,
}
