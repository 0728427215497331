"""The weights of a run's best checkpoint, as plain arrays or inside a torch model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from etude.files import sha256
from etude.lab.recipe import Recipe, recipe_from
from etude.lab.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from etude.encodings import Encoding
    from etude.models.model import Model


def recipe_of(run: Run) -> Recipe:
    """The recipe a run was made with."""
    values = run.recipe()
    values.pop("start", None)
    return recipe_from(values)


def build_model(recipe: Recipe, encoding: Encoding) -> Model:
    """A model with fresh weights for the fields of `encoding`."""
    from etude.models import build

    values = [field.values for field in encoding.fields]
    sizes = [field.size for field in encoding.fields]
    first = encoding.fields[0]
    return build(recipe.model_config(), sizes, values, first.timing, first.beside)


def best_weights(run: Run) -> dict[str, NDArray[np.generic]]:
    """The weights with the lowest validation loss so far. Raises BadInput when nothing was saved yet."""
    from etude.training import load_weights

    return load_weights(run.checkpoints, "best")


def torch_model(run: Run) -> tuple[Model, str]:
    """The model of a run with its best weights, and their SHA-256."""
    import numpy as np
    import torch

    recipe = recipe_of(run)
    model = build_model(recipe, recipe.build_encoding())
    weights: dict[str, Any] = best_weights(run)
    model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
    names = json.dumps(sorted(weights)).encode()
    return model.eval(), sha256(names + b"".join(weights[name].tobytes() for name in sorted(weights)))
