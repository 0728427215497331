"""The bytes and the meaning of MODEL, for a page: a run folder, a bundled name, or an exported file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from etude.engine.web import web_bytes
from etude.errors import UsageError
from etude.lab.bundled import MODEL, find_bundled
from etude.lab.exporting import export
from etude.lab.loading import Loaded, load
from etude.lab.run import Run


@dataclass(frozen=True)
class Source:
    """A model as a page takes it: its file for the web, and the same loaded."""

    data: bytes
    loaded: Loaded
    title: str
    max_logit_error: float  # of the weights in full against torch; NaN where that was not computed now


def source(model: Path, precision: str) -> Source:
    """The model. Raises BadInput for what is none, UsageError for one without a network."""
    loaded = load(model)
    title = _title(loaded, model)
    if model.is_file():
        if precision != "auto":
            raise UsageError(f"{model} is exported already: its precision stays as it is. Leave out --precision.")
        return Source(web_bytes(model.read_bytes()), loaded, title, float("nan"))
    if Run.is_run(model) and (Run.open(model).exported.is_file()) and precision == "auto":
        return Source(web_bytes(Run.open(model).exported.read_bytes()), loaded, title, float("nan"))
    found = None if Run.is_run(model) else find_bundled(model)
    if found is not None and precision == "auto":
        return Source(web_bytes(found.read(MODEL)), loaded, title, float("nan"))
    with tempfile.TemporaryDirectory() as folder:
        made = export(model, Path(folder) / "model.etude", precision=precision)
        return Source(web_bytes(made.path.read_bytes()), loaded, title, made.max_logit_error)


def _title(loaded: Loaded, model: Path) -> str:
    return str(loaded.metadata.get("recipe") or model.stem)
