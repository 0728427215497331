"""MODEL, as a person writes it, to something that can be stepped: a run, an exported file, a bundled name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.files import sha256
from etude.lab import bundled
from etude.lab.recipe import encoding_from, sampling_from
from etude.lab.run import Run, runs_in

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.sampling import Sampling

NGRAM_FOLDER = "model.ngram"  # of an n-gram in its run
LEARNED_FOLDER = "model.learned"  # of what a plugin's Learner learned
CALIBRATION = "calibration.json"  # in a run: sampling settings that match its collection, and what they reach
KEPT_OF_DATA = ("tracks", "split", "seed")  # what any other collection should be read with, too
PASSAGES = "passages.npz"  # of a run; beside an exported model, MODEL.passages.npz
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
    index: Path | None = None  # where the passages it learned from lie, of a model that is no run

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

    A run folder is played through its exported model, which needs no torch. What lies at that path goes before a
    bundled model of that name. Without `model`: see `default_model`.
    """
    path = Path(model) if model is not None else default_model()
    if path.is_file():
        return replace(_exported(path, str(path), None), index=path.with_suffix(f".{PASSAGES}"))
    if Run.is_run(path):
        run = Run.open(path)
        if run.exported.is_file():
            return _exported(run.exported, str(path), run)
        if folder := counted_folder(run):
            return _counted(run, folder, str(path))
        return checkpointed(run, str(path))
    if found := bundled.find_bundled(path):
        exported = _exported(found.file(bundled.MODEL), found.name, None)
        return replace(exported, index=found.file(bundled.INDEX))
    raise no_model(path)


def no_model(path: Path) -> BadInput:
    """The error that there is no such model, saying what a model can be and how to come by one."""
    what = f"'{path}' is no model" if path.exists() else f"There is no model '{path}'"
    return BadInput(
        f"{what}. A model is a run folder, an exported .etude file, or the name of one that comes with etude. "
        f"{bundled.names_in_words()} `etude models` lists those and the runs in ./{RUNS}. "
        f"Train one with: etude train --data my-tunes --out {RUNS}/first",
        Reason.UNREADABLE,
    )


def default_model() -> Path:
    """The newest finished run in ./runs; where there is none, the name of the first bundled model.

    Raises UsageError when there is neither.
    """
    found = [run for run in runs_in(RUNS) if run.exported.is_file() or counted_folder(run)]
    if found:
        return found[-1].folder
    for one in bundled.bundled_models():
        return Path(one.name)
    raise UsageError(
        f"No MODEL was named, ./{RUNS} has no finished run, and this etude comes with no model of its own. "
        "Train one first: etude train --data my-tunes"
    )


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


def counted_folder(run: Run) -> Path | None:
    """Where the model of a run lies that was learned all at once; None where it has none."""
    there = [run.folder / name for name in (NGRAM_FOLDER, LEARNED_FOLDER) if (run.folder / name).is_dir()]
    return there[0] if there else None


def _counted(run: Run, folder: Path, name: str) -> Loaded:
    if folder.name == NGRAM_FOLDER:
        from etude.models.ngram import load
    else:
        from etude.models.learner import load
    recipe = run.recipe()
    data = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    return Loaded(
        *(name, sha256(data), load(folder), encoding_from(run.read_json("encoding.json"))),
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
        "row_steps": recipe.get("training", {}).get("length"),
    }
