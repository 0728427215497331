"""A study as one file to hand on: its report, what it asked, what it keeps, the best model and pieces of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from etude.files import write_atomically
from etude.lab.loading import counted_folder
from etude.lab.run import Run
from etude.lab.study import best
from etude.lab.study.plan import BASELINE
from etude.lab.study.running import RECIPE
from etude.lab.study.study import Study

REPORT = ("*.md", "*.html", "*.csv", "*.json", "*.toml")
OF_RUN = ("recipe.toml", "encoding.json", "environment.json", "log.jsonl", "notes.md", "card.md", "model.etude")
DATE = (2000, 1, 1, 0, 0, 0)  # of every entry, so that equal studies are equal files


def pack(study: Study, path: Path) -> Path:
    """Writes a ZIP of the study to `path`: players and links of its report work when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(set(_files(study))):
            entry = zipfile.ZipInfo(file.relative_to(study.folder).as_posix(), DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, file.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, out.getvalue())
    return path


def _files(study: Study) -> Iterator[Path]:
    for pattern in REPORT:
        yield from study.folder.glob(pattern)
    yield from (path for path in (study.folder / best.NAME, study.folder / RECIPE) if path.is_file())
    for row in study.rows:
        if row.state == "done":
            yield from (path for path in (study.folder / row.run / "samples").glob("*.*") if path.is_file())
    yield from _model(best_run(study))


def best_run(study: Study) -> Path | None:
    """The run to hand on: the confirmed one with the first fresh seed, else the first of the baseline."""
    confirmed = sorted((study.folder / "runs").glob(f"{best.BEST}_*")) if study.confirmed else []
    plain = [study.folder / row.run for row in study.rows if row.arm == BASELINE and row.state == "done"]
    return next(iter([*confirmed, *plain]), None)


def _model(run: Path | None) -> Iterator[Path]:
    if run is not None:
        yield from (run / name for name in OF_RUN if (run / name).is_file())
        counted = counted_folder(Run(run))
        yield from (path for path in (counted.iterdir() if counted else ()) if path.is_file())
