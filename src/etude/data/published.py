"""The published splits of two official files, computed again by their stated rules (see SOURCES for the files)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etude.data.archives import file_sha256
from etude.formats.letters import SYMBOLS

IRISH = "irish.abc"
IRISH_SHA256 = "df3782d5f7b5a2f4c66aa7c13f13008d5f48757b3f5f51620cd6c1ceb2c53023"
AUGMENTED = "inputMelodiesAugmented.txt"
AUGMENTED_SHA256 = "5855a00286a26a03245e849b959f28ecc1ed80a3d6f55809f789260180c8f556"
SONGS = 365  # of the augmented file: its first lines are the songs a semitone up, then two semitones, up to five
TUNE_RULE = "sha256 of a tune's lines without headers and white space, its first 8 digits mod 10: 0 test, 1 valid"
SONG_RULE = "sha256 of a song's intervals in pitch classes, its first 8 digits mod 10: 0 test, 1 valid"
_HEADER = re.compile(r"[A-Za-z]:")
_REST = SYMBOLS.index("R")
_INTERVALS = "0123456789xy"
_BYTES = (197_618, 711_980)  # of the two files


@dataclass(frozen=True)
class Published:
    """An official file with its split: the collection it makes, its source, and the side of each tune from 0."""

    name: str
    source: str
    file: str
    rule: str
    sides: Mapping[int, str]


def published(path: Path) -> Published | None:
    """What is known of a file with just these bytes, whatever it is called; None when it is neither of the two."""
    if path.stat().st_size not in _BYTES:
        return None
    found = file_sha256(path)
    if found == IRISH_SHA256:
        return Published("irish-abc", "irish-abc", IRISH, TUNE_RULE, tune_sides(path.read_text("ascii")))
    if found == AUGMENTED_SHA256:
        sides = augmented_sides(path.read_text("ascii").splitlines())
        return Published(AUGMENTED, "seed-melodies", AUGMENTED, SONG_RULE, sides)
    return None


def tune_sides(text: str) -> dict[int, str]:
    """Number of a tune of irish.abc, from 0 -> its side. Tunes whose body came before are left out."""
    bodies: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("X:"):
            bodies.append([])
        if bodies and not _HEADER.match(line):
            bodies[-1].append("".join(line.split()))
    first: dict[str, int] = {}
    for number, lines in enumerate(bodies):
        first.setdefault("".join(lines), number)
    return {number: _side(body) for body, number in first.items()}


def song_sides(songs: Iterable[str]) -> dict[int, str]:
    """Number of a song, from 0 -> its side. The songs are lines of letters in their original key."""
    return {number: _side(_intervals(song)) for number, song in enumerate(songs)}


def original_songs(augmented: Sequence[str]) -> list[str]:
    """The songs in their original key, from the lines of the augmented file, whose first ones are a semitone up."""
    down = str.maketrans(SYMBOLS, "".join(SYMBOLS[(i - 1) % _REST] for i in range(_REST)) + "R")
    return [line.translate(down) for line in augmented[:SONGS]]


def augmented_sides(lines: Sequence[str]) -> dict[int, str]:
    """Number of a line of the augmented file, from 0 -> the side of its song, the same in all five keys."""
    sides = song_sides(original_songs(lines))
    return {number: sides[number % SONGS] for number in range(len(lines))}


def write_original_songs(augmented: Path, folder: Path) -> None:
    """Writes the files of the archive seed-melodies into `folder`, from the augmented file alone."""
    lines = augmented.read_text("ascii").splitlines()
    songs = original_songs(lines)
    sides = song_sides(songs)
    (folder / "melodies365_key0_collapsedR.txt").write_bytes("".join(f"{song}\n" for song in songs).encode("ascii"))
    (folder / "split_by_song.json").write_text(json.dumps({"rule": SONG_RULE, "split": _listed(sides)}), "utf-8")
    (folder / AUGMENTED).write_bytes(augmented.read_bytes())


def _listed(sides: Mapping[int, str]) -> dict[str, list[int]]:
    names = {"train": "train", "valid": "val", "test": "test"}
    return {name: [number for number, side in sides.items() if side == own] for own, name in names.items()}


def _side(told: str) -> str:
    number = int(hashlib.sha256(told.encode()).hexdigest()[:8], 16) % 10
    return {0: "test", 1: "valid"}.get(number, "train")


def _intervals(song: str) -> str:
    """A digit a note: semitones up from the note before (at first from C), octaves left out; rests stay."""
    out, before = [], 0
    for symbol in song:
        code = SYMBOLS.index(symbol)
        if code == _REST:
            out.append("R")
        else:
            out.append(_INTERVALS[(code - before) % _REST])
            before = code
    return "".join(out)
