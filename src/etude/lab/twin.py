"""The weights of a bundled model in full: what it is exported from, and what training can start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason
from etude.lab.bundled import MODEL, WEIGHTS, Bundled
from etude.lab.recipe import Recipe, recipe_from

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.generic]]


def bundled_recipe(model: Bundled) -> Recipe:
    """The recipe a bundled model was trained with; its collection is named, not placed."""
    return recipe_from(model.facts["recipe"])


def bundled_weights(model: Bundled) -> dict[str, NDArray[np.generic]]:
    """The weights by name, in full. Raises BadInput when the file is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights: dict[str, NDArray[np.generic]] = load(model.read(WEIGHTS))
    except SafetensorError as error:
        raise BadInput(f"{model.file(WEIGHTS)} holds no weights: {error}.", Reason.BAD_STRUCTURE) from error
    return weights


def weight_bytes(weights: Mapping[str, Any]) -> bytes:
    """The bytes of the file that `bundled_weights` reads; the same weights give the same."""
    import numpy as np
    from safetensors.numpy import save

    return bytes(save({name: np.ascontiguousarray(weights[name]) for name in sorted(weights)}))


def exported_again(model: Bundled, precision: str) -> bytes:
    """The bytes of its exported file at "int8" or "fp32": at its own precision those that it was bundled with."""
    from etude import engine

    recipe = bundled_recipe(model)
    sizes = [field.size for field in recipe.build_encoding().fields]
    metadata = engine.load(model.file(MODEL)).metadata
    config = vars(recipe.model_config())
    return engine.exported_bytes(bundled_weights(model), config, sizes, metadata, int8=precision == "int8")
