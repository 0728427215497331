"""A run's best weights as one file that needs no torch, checked against the weights it came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.config import to_mapping
from etude.errors import EtudeError, UsageError
from etude.lab.loading import card
from etude.lab.material import Material
from etude.lab.run import Run
from etude.lab.weights import recipe_of, torch_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHECKED_STEPS = 20_000  # of held-out music, by which int8 is judged
ALLOWED = 0.005  # share by which int8 may move the held-out likelihood
LARGEST_ERROR = 1e-3  # in a logit, fp32 against torch


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
    """Writes the run `model` to `out` and checks it. "auto" takes int8 where held-out likelihood moves < 0.5 %."""
    from etude import engine
    from etude.models.model import weights_of

    if not Run.is_run(model):
        raise UsageError(f"{model} is no run folder; only a run can be exported. List runs with: etude runs list")
    run = Run.open(model)
    recipe = recipe_of(run)
    trained, _ = torch_model(run)
    known = material or Material.of(recipe.data, recipe.build_encoding())
    pieces = _sample(known.valid.pieces())
    metadata = {name: json.dumps(value) for name, value in card(run).items()}
    config = {**_defaults(recipe.model_config()), **to_mapping(recipe.model_config())}
    weights = weights_of(trained)

    def write(path: Path, int8: bool) -> Any:
        engine.export(weights, config, known.sizes, metadata, path, int8=int8)
        return engine.load(path)

    exact = write(out, False)
    error = _largest_error(exact, trained, pieces)
    if error > LARGEST_ERROR:
        raise EtudeError(f"The exported model differs from its weights by {error:.2g} in a logit; nothing is kept.")
    nats = {"fp32": _nats_per_step(exact, pieces)}
    chosen = "fp32"
    if precision != "fp32":
        nats["int8"] = _nats_per_step(write(out, True), pieces)
        moved = abs(nats["int8"] / nats["fp32"] - 1)
        chosen = "int8" if precision == "int8" or moved < ALLOWED else "fp32"
        if chosen == "fp32":
            write(out, False)
    return ExportedModel(out, out.stat().st_size, chosen, error, nats)


def _defaults(config: Any) -> dict[str, Any]:
    """Every setting of the model, so that the exported file leaves none to a default that may change."""
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def _sample(pieces: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int32]]:
    """Whole pieces, evenly taken, of about CHECKED_STEPS steps."""
    total = sum(len(piece) for piece in pieces)
    return list(pieces[:: max(1, round(total / CHECKED_STEPS))])


def _nats_per_step(scorer: Any, pieces: Sequence[NDArray[np.int32]]) -> float:
    nats = [scorer.nats(piece) for piece in pieces]
    return float(sum(n.sum() for n in nats) / max(1, sum(len(n) for n in nats)))


def _largest_error(exported: Any, trained: Any, pieces: Sequence[NDArray[np.int32]]) -> float:
    """The largest difference of a logit of the first field, at two lengths."""
    import numpy as np

    from etude.models import TorchStepper

    reference = TorchStepper(trained)
    worst = 0.0
    for piece, length in ((pieces[0], 7), (pieces[-1], 40)):
        steps = piece[:length]
        mine = exported.logits(exported.feed(exported.start(), steps))
        theirs = reference.logits(reference.feed(reference.start(), steps))
        worst = max(worst, float(np.abs(mine - theirs).max()))
    return worst
