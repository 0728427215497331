"""MODEL, as a person writes it, to something that can be stepped: a run folder or an exported file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.files import sha256
from etude.lab.recipe import encoding_from, sampling_from
from etude.lab.run import Run, runs_in

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.sampling import Sampling

MODEL = "model.ngram"  # the folder of a counted model in its run
CALIBRATION = "calibration.json"  # in a run: sampling settings that match its collection, and what they reach
KEPT_OF_DATA = ("tracks", "split", "seed")  # what any other collection should be read with, too
RUNS = Path("runs")  # where `etude train` puts runs when no --out is given


@dataclass(frozen=True)
class Loaded:
    """A model ready to be stepped, with the encoding that gives its integers a meaning."""

    name: str  # as the person wrote it
    sha256: str  # of the exported file, or of the weights
    stepper: Any  # a Stepper and a Scorer
    encoding: Encoding
    sampling: Sampling  # the settings it composes with unless others are asked for
    metadata: Mapping[str, Any]  # licence, collection, recipe and figures
    run: Run | None = None
    calibrated: Mapping[str, Any] = field(default_factory=dict)  # what of `sampling` was found by `etude calibrate`
    before: Sampling | None = None  # `sampling` without that; None where nothing was found

    @property
    def uncalibrated(self) -> Sampling:
        """The settings its recipe recommends: what the reproducibility line names its own against."""
        return self.before or self.sampling


def load(model: str | Path | None = None) -> Loaded:
    """The model a person means, with the settings that `etude calibrate` found for it. Raises as `_load` does."""
    found = _load(model)
    if found.run is None or not (found.run.folder / CALIBRATION).is_file():
        return found
    settings = calibrated_settings(found.run)
    return replace(found, sampling=replace(found.sampling, **settings), calibrated=settings, before=found.sampling)


def calibrated_settings(run: Run) -> dict[str, Any]:
    """What `etude calibrate` stored with a run; nothing where it was not called."""
    if not (run.folder / CALIBRATION).is_file():
        return {}
    return dict(run.read_json(CALIBRATION)["settings"])


def _load(model: str | Path | None) -> Loaded:
    """The model a person means. Raises BadInput saying what a model can be when it is none of that.

    A run folder is played through its exported model, which needs no torch. Without `model`, the newest run.
    """
    path = Path(model) if model is not None else newest_run()
    if path.is_file():
        return _exported(path, str(path), None)
    if Run.is_run(path):
        run = Run.open(path)
        if run.exported.is_file():
            return _exported(run.exported, str(path), run)
        if (run.folder / MODEL).is_dir():
            return _counted(run, str(path))
        return checkpointed(run, str(path))
    what = f"'{model}' is no model" if path.exists() else f"There is no model '{model}'"
    raise BadInput(
        f"{what}. A model is a run folder or an exported .etude file; `etude models` lists those in ./{RUNS}. "
        f"Train one with: etude train --data my-tunes --out {RUNS}/first",
        Reason.UNREADABLE,
    )


def newest_run() -> Path:
    """The newest finished run in ./runs. Raises UsageError when there is none."""
    found = [run for run in runs_in(RUNS) if run.exported.is_file() or (run.folder / MODEL).is_dir()]
    if not found:
        raise UsageError(
            f"No MODEL was named and ./{RUNS} has no finished run. Train one first: etude train --data my-tunes"
        )
    return found[-1].folder


def _exported(path: Path, name: str, run: Run | None) -> Loaded:
    from etude import engine

    exported = engine.load(path)
    try:
        metadata = {key: _value(text) for key, text in exported.metadata.items()}
        encoding = encoding_from(metadata["encoding"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{path} is an exported model without a usable encoding ({error}); export it again.",
            Reason.BAD_STRUCTURE,
        ) from error
    return Loaded(
        *(name, sha256(path.read_bytes()), exported, encoding),
        sampling=sampling_from(metadata.get("sampling") or {}),
        metadata=metadata,
        run=run,
    )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _counted(run: Run, name: str) -> Loaded:
    from etude.models.ngram import load as load_ngram

    folder = run.folder / MODEL
    recipe = run.recipe()
    data = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    return Loaded(
        *(name, sha256(data), load_ngram(folder), encoding_from(run.read_json("encoding.json"))),
        sampling=sampling_from(recipe.get("sampling", {})),
        metadata=card(run),
        run=run,
    )


def checkpointed(run: Run, name: str) -> Loaded:
    """The best weights of a run, through torch: exact, and in no need of an export."""
    from etude.lab.weights import torch_model

    model, digest = torch_model(run)
    from etude.models import TorchStepper

    return Loaded(
        *(name, digest, TorchStepper(model), encoding_from(run.read_json("encoding.json"))),
        sampling=sampling_from(run.recipe().get("sampling", {})),
        metadata=card(run),
        run=run,
    )


def card(run: Run) -> dict[str, Any]:
    """What an exported model tells about itself."""
    recipe = run.recipe()
    data = run.read_json("split.json")
    return {
        "encoding": run.read_json("encoding.json"),
        "sampling": {**recipe.get("sampling", {}), **calibrated_settings(run)},
        "recipe": recipe.get("name", ""),
        "collection": data.get("collection", ""),
        "data": {key: value for key, value in recipe.get("data", {}).items() if key in KEPT_OF_DATA},
        "licence": data.get("licence", ""),
        "may_ship": data.get("may_ship", False),
        "longest_steps": data.get("longest_steps"),
        "told": data.get("told") or {},
    }
