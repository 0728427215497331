"""Reading MusicXML: chorales from file to notes, beside music21."""

from __future__ import annotations

import gc
import importlib.util
import warnings
from pathlib import Path
from typing import Any

from etude.formats.musicxml import FORMAT
from etude.lab.bench.harness import BenchResult, interleave

SETTINGS = "every {step}th chorale of music21's corpus (.mxl), bytes on disk to notes with ties joined, one process"


def run(quick: bool = False) -> list[BenchResult]:
    """Files a second: ours and music21's, first to notes with ties joined, then for music21 without joining."""
    files = _chorales()
    if not files:
        return []
    step = 60 if quick else 12
    chosen, rounds = files[::step], 2 if quick else 5
    settings = SETTINGS.format(step=step)
    return [
        interleave(
            name,
            lambda: _ours(chosen),
            lambda joined=joined: _music21(chosen, joined),  # type: ignore[misc]
            unit="files/s",
            settings=settings,
            rounds=rounds,
        )
        for name, joined in (("musicxml to notes", True), ("musicxml parse only", False))
    ]


def _chorales() -> list[Path]:
    """The .mxl files of Bach in the installed music21; none without it."""
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        return []
    return sorted((Path(found.origin).parent / "corpus" / "bach").glob("*.mxl"))


def _ours(files: list[Path], repeats: int = 4) -> float:
    """How many files were read; repeated, for one pass is too short to time well."""
    for _ in range(repeats):
        for path in files:
            FORMAT.parse(path.read_bytes())
    return float(len(files) * repeats)


def _music21(files: list[Path], joined: bool) -> float:
    """How many files were read, from the files themselves (music21 would else unpickle an earlier reading)."""
    import music21

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in files:
            score: Any = music21.converter.parse(str(path), forceSource=True)
            if joined:
                for part in score.parts:
                    for element in part.stripTies().flatten().notes:
                        [(element.offset, element.quarterLength, pitch.midi) for pitch in element.pitches]
    del score
    gc.collect()  # its streams are cycles: left alone they would be collected in our time
    return float(len(files))
