"""Files -> sound, rolls and sheets, one tune after the other; a file that cannot be read is named, not hidden."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import UsageError, nothing_read
from etude.lab.measuring import given_files
from etude.lab.writing import Drawing, check_kinds, write_piece


@dataclass(frozen=True)
class Rendered:
    """What was written, how much music it is, and how long it took."""

    files: list[Path]
    seconds_of_music: float
    seconds: float
    backend: str
    refused: list[str]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude render --json`."""
        return {
            "files": self.files,
            "seconds_of_music": self.seconds_of_music,
            "realtime_factor": self.seconds_of_music / self.seconds if self.seconds else None,
            "backend": self.backend,
            "refused": self.refused,
        }


def render(
    paths: Sequence[Path], kinds: Sequence[str], *, out: Path | None = None, soundfont: str | None = None
) -> Rendered:
    """Every tune in `paths` as `kinds`, beside its file or in `out`. Raises BadInput when none could be read."""
    from etude.formats import read_safely

    check_kinds(kinds)
    backend = _backend(soundfont)
    files = given_files(paths)
    _keep_inputs(files, kinds, out)
    started = time.perf_counter()
    written: list[Path] = []
    refused: list[str] = []
    stems: set[Path] = set()
    music = 0.0
    for found in read_safely(files):
        path = Path(found.path)
        tunes = list(found.readings)
        for number, reading in enumerate(tunes, start=1):
            name = path.name if len(tunes) == 1 else f"{path.name}#{number}"
            if reading.score is None:
                refused.append(f"{name}: {reading.reason}: {reading.detail}")
                continue
            stem = _unused(
                (out or path.parent) / (path.stem if len(tunes) == 1 else f"{path.stem}-{number}"), stems
            )
            written += write_piece(reading.score, stem, kinds, Drawing(soundfont=soundfont))
            music += reading.score.duration
    if not written:
        raise nothing_read(refused)
    return Rendered(written, music, time.perf_counter() - started, backend, refused)


def _keep_inputs(files: Sequence[Path], kinds: Sequence[str], out: Path | None) -> None:
    """Raises UsageError when a file to write would take the place of a file to read."""
    given = {path.absolute() for path in files}
    for path in files:
        for kind in kinds:
            target = (out or path.parent) / f"{path.stem}.{kind}"
            if target.absolute() in given:
                raise UsageError(f"{target} would be written over itself. Choose another folder with --out.")


def _unused(stem: Path, stems: set[Path]) -> Path:
    """`stem`, or with a number when this call has written it already: two files may share a name."""
    number, found = 1, stem
    while found in stems:
        number += 1
        found = stem.with_name(f"{stem.name}-{number}")
    stems.add(found)
    return found


def _backend(soundfont: str | None) -> str:
    from etude.render.audio.sound import fluidsynth_with

    return "fluidsynth" if fluidsynth_with(soundfont) else "built-in"
