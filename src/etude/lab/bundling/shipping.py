"""Whether a run may be passed on: what it learned from, all the way back to its first weights, must be free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.lab.bundled import find_bundled
from etude.lab.material import Material
from etude.lab.run import Run
from etude.lab.weights import recipe_of


def checked_material(run: Run) -> Material:
    """The music a run learned from. Raises UsageError unless it and all it started from may be passed on.

    The collection must be at hand: its licence is looked up again, and the same pieces must be held out.
    """
    for name, record in _learned_from(run):
        if not record.get("may_ship"):
            raise UsageError(
                f"{name} learned from '{record.get('collection')}', which may not be passed on "
                f"({record.get('licence') or 'licence unknown'}). Only models of data that may be shipped can be "
                "bundled; see docs/data.md. It can still be exported for yourself: etude export."
            )
    recipe = recipe_of(run)
    material = Material.of(recipe.data, recipe.build_encoding())
    collection = material.collection
    if not collection.may_ship or collection.split_record()["pieces"] != run.read_json("split.json")["pieces"]:
        raise UsageError(
            f"'{recipe.data.collection}' is not the collection that {run.folder} learned from any more. Put the "
            "same data there, or train again."
        )
    return material


def _learned_from(run: Run) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """(folder, what its split.json says) of a run and of every run whose weights it started from."""
    while True:
        yield run.folder, run.read_json("split.json")
        origin = run.recipe().get("start")
        if not origin or find_bundled(origin):
            return
        if not Run.is_run(Path(origin)):
            raise UsageError(
                f"{run.folder} started from the weights of {origin}, which is not there any more: nobody can say "
                "whether they may be passed on."
            )
        run = Run.open(Path(origin))
