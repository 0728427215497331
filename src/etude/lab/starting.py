"""What a training starts from: the best weights of a run, or those of a model that comes with etude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, EtudeError, MissingPart, Reason
from etude.lab.bundled import Bundled, find_bundled
from etude.lab.loading import no_model
from etude.lab.recipe import DataConfig, Recipe
from etude.lab.run import Run
from etude.lab.twin import bundled_recipe, bundled_weights
from etude.lab.weights import best_weights, recipe_of

if TYPE_CHECKING:
    from etude.data import Collection

VARIED = ("tracks", "transpose", "stretch", "left_open", "infill", "floors")  # of a bundled recipe's data: kept
TUNED_MINUTES = 5.0  # of a training that starts from a bundled model, unless others are asked for


@dataclass(frozen=True)
class Start:
    """A model whose weights are the start of a training; either `run` or `model` is there."""

    run: Run | None = None
    model: Bundled | None = None

    @property
    def origin(self) -> str:
        """What the recipe of the new run keeps: the run's folder, or the name."""
        return str(self.run.folder.resolve()) if self.run else self._model.name

    @property
    def recipe(self) -> Recipe:
        """The recipe it was trained with."""
        return recipe_of(self.run) if self.run else bundled_recipe(self._model)

    def weights(self) -> Mapping[str, Any]:
        """The weights by name, in full."""
        return best_weights(self.run) if self.run else bundled_weights(self._model)

    def settings(self) -> dict[str, Any]:
        """The nested settings of a training that goes on from here: the model must have the same shape.

        Of a bundled model's data only the way they are varied stays: its collection and split are not the person's.
        """
        if self.run:
            values = self.run.recipe()
            values.pop("start", None)
            return values
        values = self.recipe.mapping()
        values["data"] = {name: values["data"][name] for name in VARIED if name in values["data"]}
        values["training"] = {**values["training"], "minutes": TUNED_MINUTES}
        values["name"] = f"{self._model.name}-tuned"
        return values

    def collection(self) -> Collection | None:
        """What it learned from, where that is at hand."""
        from etude.data import Collection

        data: DataConfig = self.recipe.data
        try:
            return Collection.open(data.collection, tracks=data.tracks)
        except (BadInput, MissingPart):
            if self.run:
                raise
            return None

    @property
    def _model(self) -> Bundled:
        if self.model is None:
            raise EtudeError("a Start is a run or a bundled model")
        return self.model


def start_of(model: str | Path) -> Start:
    """The Start that a person means. Raises BadInput for an exported file and for what is no model at all."""
    path = Path(model)
    if Run.is_run(path):
        return Start(run=Run.open(path))
    if path.is_file():
        raise BadInput(
            f"{path} is an exported model: its weights are rounded and cannot be trained. Start from a run "
            "folder or from a model that comes with etude; see: etude models",
            Reason.UNSUPPORTED,
        )
    if found := find_bundled(path):
        return Start(model=found)
    raise no_model(path)
