"""The files of a bundled model, made from a run: all of them or none."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.config import write_toml
from etude.errors import UsageError
from etude.files import sha256, write_atomically
from etude.lab.bundled import FACTS, INDEX, LARGEST, MODEL, WEIGHTS, Bundled
from etude.lab.exporting import ExportedModel, export
from etude.lab.loading import load
from etude.lab.material import Material
from etude.lab.originality import known_passages
from etude.lab.run import Run
from etude.lab.twin import weight_bytes
from etude.lab.weights import best_weights, recipe_of

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Packed:
    """The files as they were written, without figures, and how exactly the exported one computes."""

    model: Bundled
    facts: Mapping[str, Any]
    exported: ExportedModel

    def keep(self, figures: Mapping[str, Any]) -> None:
        """Writes NAME.toml, with `figures` (nested, no None) beside what is known already."""
        text = write_toml({**self.facts, "figures": figures})
        write_atomically(self.model.file(FACTS), text.encode())


def pack_files(run: Run, material: Material, name: str, folder: Path) -> Packed:
    """The files NAME.* of `run` in `folder`. Raises UsageError for a name that is none and a file over LARGEST."""
    if not name.isidentifier() or name != name.lower():
        raise UsageError(f"'{name}' is no name for a model: small letters, digits and _ only.")
    data, exported = _made(run, material, name)
    for file, content in data.items():
        if len(content) > LARGEST:
            raise UsageError(
                f"{file} would have {len(content) / 1e6:.1f} MB; {LARGEST / 1e6:.0f} MB is the most a file of a "
                "bundled model may have. Train a smaller one: model.width, model.layers."
            )
    for file, content in data.items():
        write_atomically(folder / file, content)
    packed = Packed(Bundled(name, folder), _facts(run, material, data), exported)
    packed.keep({})
    return packed


def _made(run: Run, material: Material, name: str) -> tuple[dict[str, bytes], ExportedModel]:
    """File name -> bytes of the model, its weights and its index."""
    from etude.evaluation.originality import save_passages

    known = known_passages(load(run.folder))
    if known is None:
        raise UsageError(f"The music that {run.folder} learned from is not at hand: no index can be made of it.")
    with tempfile.TemporaryDirectory(prefix="etude-") as place:
        exported = export(run.folder, Path(place) / "model", material=material)
        index = Path(place) / "index"
        save_passages(known.passages, index, known.band, source=run.read_json("split.json")["content"])
        files = {
            f"{name}{MODEL}": exported.path.read_bytes(),
            f"{name}{WEIGHTS}": weight_bytes(best_weights(run)),
            f"{name}{INDEX}": index.read_bytes(),
        }
    return files, exported


def _facts(run: Run, material: Material, data: Mapping[str, bytes]) -> dict[str, Any]:
    """What NAME.toml says beside the figures. No place on this machine is in it."""
    import etude

    collection, recipe = material.collection, recipe_of(run)
    record = run.read_json("split.json")
    values = recipe.mapping()
    values["data"]["collection"] = collection.name
    values.pop("tracking", None)  # is everybody's own
    return {
        "format_version": FORMAT_VERSION,
        "etude": etude.__version__,
        "recipe": values,
        "data": {
            "collection": collection.name,
            "origin": collection.page["source"]["origin"],
            "licence": collection.licence,
            "content": collection.content,
            "learned": len(record["learned"]) if isinstance(record["learned"], list) else record["learned"],
            "valid": len(record["pieces"]["valid"]),
            "test": len(record["pieces"]["test"]),
        },
        "files": {name: {"bytes": len(content), "sha256": sha256(content)} for name, content in data.items()},
    }
