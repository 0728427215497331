"""In-context copying on top of a run's model: for figures beside its own, and for composing with both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, UsageError
from etude.files import sha256
from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.evaluation import Baselines
    from etude.stepper import Stepper

FOLDER = "copying"  # of a run; the weights fitted on its validation side, each target seeing the whole piece


def mixtures(network: Stepper, material: Material, fitted: Baselines | None = None) -> dict[str, Any]:
    """Name -> CopyingOver `network`, not fitted yet; with the n-gram's tables too when baselines were counted."""
    from etude.models.ngram import CopyingOver, Expecting

    heard = Expecting(network)  # shared, so that what the network expects is worked out once
    pieces = material.train.pieces() if len(material.sizes) > 1 else ()
    found = {"model+copy": CopyingOver.of(heard, pieces)}
    if fitted:
        found["model+ngram+copy"] = CopyingOver.with_tables(heard, fitted.ngrams["ngram+copy"])
    return found


def with_copying(loaded: Loaded) -> Loaded:
    """`loaded` with copying on top: the weights kept in its run, or else fitted now and kept there."""
    from etude.models.ngram import load_over, save_over

    if loaded.run is None:
        raise UsageError(
            "Copying is fitted on a run's validation side: name the run folder, not the exported file."
        )
    folder = loaded.run.folder / FOLDER
    try:
        model = load_over(folder, loaded.stepper, loaded.sha256)
    except BadInput:  # never fitted, or on weights that have changed since
        recipe = recipe_of(loaded.run)
        if recipe.is_ngram:
            raise UsageError("A counted model copies already: leave --copying out.") from None
        material = Material.of(recipe.data, loaded.encoding)
        plain = mixtures(loaded.stepper, material)["model+copy"]
        model = plain.tuned(material.packed("valid").pieces())
        save_over(model, folder, loaded.sha256)
    data = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    return replace(loaded, stepper=model, sha256=sha256(loaded.sha256.encode() + data))
