"""`etude bundle`: a run becomes a model that can be called by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.lab.bundled import FACTS, INDEX, MODEL, WEIGHTS, Bundled
from etude.lab.bundling.packing import pack_files
from etude.lab.bundling.shipping import checked_material
from etude.lab.events import Watcher, nobody
from etude.lab.run import Run


@dataclass(frozen=True)
class Made:
    """A bundled model."""

    model: Bundled

    def answer(self) -> dict[str, Any]:
        """The keys of `etude bundle --json`."""
        paths = [self.model.file(suffix) for suffix in (MODEL, WEIGHTS, INDEX, FACTS)]
        return {"name": self.model.name, "files": {str(path): path.stat().st_size for path in paths}}


def bundle(run: Path, name: str, out: Path, *, watch: Watcher = nobody) -> Made:
    """The run in folder `run` as the bundled model `name` in the folder `out`."""
    if not Run.is_run(run):
        raise BadInput(f"{run} is no run folder; only a run can be bundled.", Reason.UNREADABLE)
    source = Run.open(run)
    watch({"event": "stage", "text": f"reading what {run} learned from"})
    material = checked_material(source)
    watch({"event": "stage", "text": "writing model, weights and passage index"})
    packed = pack_files(source, material, name, out)
    return Made(packed.model)
