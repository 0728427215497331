"""A run's best weights as one file that needs no torch, checked against the weights it came from."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.files import write_atomically
from etude.lab.loading import card
from etude.lab.material import Material
from etude.lab.run import Run
from etude.lab.weights import recipe_of, torch_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from etude.models.config import ModelConfig

CHECKED = 80_000  # values of held-out music, by which int8 is judged: 20,000 notes of four fields


@dataclass(frozen=True)
class ExportedModel:
    """The file, its size, how exactly it computes what the weights say, and at which precision."""

    path: Path
    bytes: int
    precision: str
    max_logit_error: float  # of the fp32 graph against torch
    nats_per_step: dict[str, float]  # by precision, on held-out pieces

    def answer(self) -> dict[str, Any]:
        """The keys of `etude export --json`."""
        return {**asdict(self), "path": str(self.path)}


def export(model: Path, out: Path, *, precision: str = "auto", material: Material | None = None) -> ExportedModel:
    """Writes the run `model`, or the bundled model of that name, to `out`, whole or not at all.

    A run is checked against its weights; "auto" takes int8 where that moves the held-out likelihood < 0.5 %.
    """
    from etude import engine
    from etude.models import TorchStepper
    from etude.models.model import weights_of

    if not Run.is_run(model):
        return _again(model, out, precision)
    run = Run.open(model)
    recipe = recipe_of(run)
    if recipe.is_counted:
        raise UsageError(
            f"{model} is a counted model: it has no network to export. Its folder composes without torch."
        )
    if reason := engine.never_exported(vars(recipe.model_config())):
        raise UsageError(f"{model} cannot be exported. {reason}")
    trained, _ = torch_model(run)
    known = material or Material.of(recipe.data, recipe.build_encoding())
    metadata = {name: json.dumps(value) for name, value in card(run).items()}
    config = _settings(recipe.model_config())
    weights = weights_of(trained)

    def make(int8: bool) -> bytes:
        return engine.exported_bytes(weights, config, known.sizes, metadata, int8=int8)

    choice = engine.choose_precision(make, TorchStepper(trained), _sample(known.valid.pieces()), precision)
    write_atomically(out, choice.data)
    error = choice.tried["fp32"].max_logit_error
    nats = {name: found.nats_per_step for name, found in choice.tried.items()}
    return ExportedModel(out, len(choice.data), choice.precision, error, nats)


def _again(name: Path, out: Path, precision: str) -> ExportedModel:
    """A bundled model, written from its full weights. Raises BadInput for what is neither a run nor bundled."""
    from etude import engine
    from etude.lab.bundled import MODEL, find_bundled
    from etude.lab.twin import exported_again

    found = find_bundled(name)
    if found is None:
        raise BadInput(
            f"{name} is no run folder and no bundled model; only those can be exported. See: etude models",
            Reason.UNREADABLE,
        )
    own = engine.load(found.file(MODEL)).precision if precision == "auto" else precision
    data = exported_again(found, own)
    write_atomically(out, data)
    return ExportedModel(out, len(data), own, math.nan, {})


def _settings(config: ModelConfig) -> dict[str, Any]:
    """Every setting of the model, so that the exported file leaves none to a default that may change."""
    return {field.name: getattr(config, field.name) for field in fields(config)}


def _sample(pieces: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int32]]:
    """Pieces, evenly taken, of about CHECKED values; of one that is longer the beginning."""
    most = max(1, CHECKED // pieces[0].shape[1]) if len(pieces) else 0
    total = sum(len(piece) for piece in pieces)
    return [piece[: most + 1] for piece in pieces[:: max(1, round(total / max(1, most)))]]
