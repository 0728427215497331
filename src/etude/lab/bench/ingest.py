"""Reading many MIDI files in guarded workers, beside symusic in this process.

Two rows. `ingest` compares with symusic reading into the same tables (notes, controls, tempos, meters, keys as a
Score): its ratio is the price of the structural check and of the isolation. `ingest-bare` compares with symusic
reading into its own C++ objects, out of which nothing is taken.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from etude.formats import read_safely
from etude.formats.midi import FORMAT
from etude.lab.bench.harness import BenchResult, interleave
from etude.score import CONTROL, NOTE, Score, Table, Track

FILES, QUICK_FILES = 2000, 200
NOTES = 400  # a file; four tracks, about 4 kB


def run(quick: bool = False) -> list[BenchResult]:
    """The two rows, in files a second."""
    count = QUICK_FILES if quick else FILES
    with tempfile.TemporaryDirectory(prefix="etude-bench-") as name:
        paths = _write(Path(name), count)
        settings = f"{count} generated MIDI files of {NOTES} notes in 4 tracks, all cores against one process"
        rounds = 2 if quick else 5
        return [
            interleave(name, lambda: _guarded(paths), reference, unit="files/s", settings=settings, rounds=rounds)
            for name, reference in (
                ("ingest", lambda: _loop(paths, _tables)),
                ("ingest-bare", lambda: _loop(paths, _bare)),
            )
        ]


def _write(folder: Path, count: int) -> list[Path]:
    """`count` files of random music."""
    random = np.random.default_rng(0)
    paths = [folder / f"{number:05}.mid" for number in range(count)]
    for path in paths:
        notes = np.zeros(NOTES, NOTE)
        notes["onset"] = np.cumsum(random.integers(0, 3, NOTES)) * 120
        notes["duration"] = random.integers(1, 9, NOTES) * 60
        notes["pitch"], notes["velocity"] = random.integers(36, 96, NOTES), random.integers(1, 128, NOTES)
        notes["track"] = random.integers(0, 4, NOTES)
        pedal = [(240 * i, 0, 64, 127 * (i % 2)) for i in range(40)]
        path.write_bytes(FORMAT.dump([Score.of(notes, controls=pedal, tracks=[Track(str(i)) for i in range(4)])]))
    return paths


def _guarded(paths: list[Path]) -> float:
    """How many files the workers read."""
    return float(sum(file.readings[0].score is not None for file in read_safely(paths)))


def _loop(paths: list[Path], read: Callable[[Path], object]) -> float:
    for path in paths:
        read(path)
    return float(len(paths))


def _bare(path: Path) -> object:
    import symusic

    return symusic.Score(path)


def _tables(path: Path) -> Score:
    """What symusic reads, as a Score."""
    import symusic

    score = symusic.Score(path)
    return Score.of(
        _stack([(_rows(t.notes.numpy(), NOTE, _NOTE_COLUMNS), i) for i, t in enumerate(score.tracks)], NOTE),
        controls=_stack(
            [(_rows(t.controls.numpy(), CONTROL, _CONTROL_COLUMNS), i) for i, t in enumerate(score.tracks)], CONTROL
        ),
        tempos=[(tempo.time, tempo.mspq) for tempo in score.tempos],
        meters=[(meter.time, meter.numerator, meter.denominator) for meter in score.time_signatures],
        keys=[(key.time, key.key, key.tonality) for key in score.key_signatures],
        tracks=[Track(track.name, track.program, track.is_drum) for track in score.tracks],
        tpq=score.ticks_per_quarter,
    )


_NOTE_COLUMNS = {"onset": "time", "duration": "duration", "pitch": "pitch", "velocity": "velocity"}
_CONTROL_COLUMNS = {"tick": "time", "number": "number", "value": "value"}


def _rows(columns: dict[str, Table], dtype: np.dtype[Any], names: dict[str, str]) -> Table:
    out = np.zeros(len(columns["time"]), dtype)
    for ours, theirs in names.items():
        out[ours] = columns[theirs]
    return out


def _stack(tables: list[tuple[Table, int]], dtype: np.dtype[Any]) -> Table:
    for table, number in tables:
        table["track"] = number
    return np.concatenate([table for table, _ in tables]) if tables else np.zeros(0, dtype)
