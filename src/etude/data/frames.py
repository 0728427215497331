"""Music stored as frames: the chorale grid of Jsb16thSeparated.json and the piano rolls of the 2012 .mat files.

In a frame a pitch sounds or not; a pitch that sounds in the next frame too is one long note, because the files do
not tell held notes from repeated ones.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etude import limits
from etude.data.archives import file_sha256
from etude.data.build import Tune
from etude.errors import BadInput, Reason
from etude.formats.base import Reading
from etude.score import Mark, Metadata, Score, Track, notes_from

TPQ = 480
_VOICES = ("Soprano", "Alto", "Tenor", "Bass")
_LOWEST = 21  # MIDI pitch of the first of the 88 columns
# ticks of a frame; the authors give the last two no note value, they are eighths here
_FRAMES = {"JSB_Chorales": TPQ, "Nottingham": TPQ // 2, "MuseData": TPQ // 2, "Piano_midi": TPQ // 2}
_SETS = {"traindata": "train", "validdata": "valid", "testdata": "test"}


def chorale_tunes(path: Path) -> Iterator[Tune]:
    """The 382 chorales with their split, four tracks each, in sixteenths; -1 is silence."""
    sha = file_sha256(path)
    number = 0
    try:
        sets = json.loads(path.read_text("utf-8"))
        for side in ("train", "valid", "test"):
            for frames in sets[side]:
                number += 1
                grid = np.asarray(frames, np.int64)
                title = f"chorale {number}"
                yield Tune(path.name, Reading(voices_score(grid, title)), sha, side, True, number)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(path, "the chorale grid", error) from error


def _broken(path: Path, what: str, error: Exception) -> BadInput:
    return BadInput(f"{path} is not laid out like {what}: {error}. Fetch it again.", Reason.BAD_STRUCTURE)


def voices_score(grid: NDArray[np.int64], title: str, frame: int = TPQ // 4) -> Score:
    """The Score of an int64[T, 4] grid of pitches, below 0 for silence; a frame lasts `frame` ticks."""
    if grid.ndim != 2 or grid.shape[1] != 4 or (grid.size and grid.max() > 127):
        raise ValueError(f"a grid of four pitches a frame was expected, not {grid.shape}")
    parts = [_runs(grid[:, voice]) for voice in range(4)]
    columns = {
        "onset": np.concatenate([start for start, _, _ in parts]) * frame,
        "duration": np.concatenate([length for _, length, _ in parts]) * frame,
        "pitch": np.concatenate([pitch for _, _, pitch in parts]),
        "track": np.repeat(np.arange(4), [len(start) for start, _, _ in parts]),
    }
    return Score.of(
        notes_from(columns),
        marks=[Mark(len(grid) * frame, "end")],
        tracks=[Track(voice) for voice in _VOICES],
        tpq=TPQ,
        meta=Metadata(title=title, composer="J. S. Bach"),
    )


def _runs(line: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First frame, number of frames and pitch of each note of one voice, int64[N] each."""
    first = np.flatnonzero(np.append(True, line[1:] != line[:-1])) if len(line) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(first, len(line)))
    sounds = line[first] >= 0
    return first[sounds], lengths[sounds], line[first][sounds]


def roll_score(roll: NDArray[np.bool_], frame: int, title: str) -> Score:
    """The Score of a bool[T, 88] piano roll; column 0 is the lowest key of the piano."""
    padded = np.zeros((roll.shape[0] + 2, roll.shape[1]), np.int8)
    padded[1:-1] = roll
    change = np.diff(padded, axis=0).T  # [88, T + 1]: 1 a note begins, -1 it has ended
    pitch, onset = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)  # in the same order: key by key, then in time
    columns = {"onset": onset * frame, "duration": (end - onset) * frame, "pitch": pitch + _LOWEST}
    marks = [Mark(len(roll) * frame, "end")]
    return Score.of(notes_from(columns), marks=marks, tpq=TPQ, meta=Metadata(title=title))


def matlab_tunes(paths: Sequence[Path]) -> Iterator[Tune]:
    """The sequences of the .mat files with their split, numbered from 1 through train, valid and test."""
    for path in paths:
        sha = file_sha256(path)
        frame = _FRAMES.get(path.stem, TPQ // 2)
        number = 0
        try:
            sets = dict(_matlab_cells(path.read_bytes()))
            for name, side in _SETS.items():
                for roll in sets[name]:
                    number += 1
                    score = roll_score(roll, frame, f"{path.stem} {number}")
                    yield Tune(path.name, Reading(score), sha, side, True, number)
        except (OSError, ValueError, KeyError, struct.error, zlib.error) as error:
            raise _broken(path, "the 2012 piano rolls", error) from error


def _matlab_cells(data: bytes) -> Iterator[tuple[str, list[NDArray[np.bool_]]]]:
    """Name and piano rolls (bool[T, 88]) of each cell array of a MATLAB 5 file.

    Source: MathWorks, "MAT-File Format", version 5: compressed elements (15) that hold matrices (14) of flags,
    dimensions, name and numbers.
    """
    if not data.startswith(b"MATLAB 5.0"):
        raise ValueError("no MATLAB 5.0 file")
    for kind, content in _elements(data[128:]):
        if kind == 15:
            unpacker = zlib.decompressobj()
            content = unpacker.decompress(content, limits.INFLATED_BYTES)
            if unpacker.unconsumed_tail:
                raise ValueError(f"a matrix of more than {limits.INFLATED_BYTES} bytes")
        for inner, matrix in _elements(content) if kind == 15 else [(kind, content)]:
            if inner == 14:
                parts = list(_elements(matrix))
                rolls = [_numbers(cell) for what, cell in parts[3:] if what == 14]
                yield parts[2][1].decode("ascii"), rolls


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each data element; short ones carry their content in the tag."""
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind >> 16:
            yield kind & 0xFFFF, data[at + 4 : at + 4 + (kind >> 16)]
            at += 8
        else:
            yield kind, data[at + 8 : at + 8 + size]
            at += 8 + size + (-size % 8 if kind != 15 else 0)


def _numbers(matrix: bytes) -> NDArray[np.bool_]:
    """Bool[T, 88] of one matrix, stored column by column as bytes or doubles."""
    _, shape, _, (kind, values) = list(_elements(matrix))[:4]
    frames, keys = np.frombuffer(shape[1], "<i4")
    numbers = np.frombuffer(values, {1: "i1", 2: "u1", 9: "<f8"}[kind])
    if keys != 88 or numbers.size != frames * keys:
        raise ValueError(f"a matrix of {frames} x {keys} with {numbers.size} numbers is no piano roll")
    return np.asarray(numbers.reshape((keys, frames)).T > 0)
