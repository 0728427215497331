"""The trainer process: `python -m etude.lab.trainer RUN`, with events as JSON lines on stdout."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import EtudeError
from etude.lab import baselines
from etude.lab.counting import count, learn
from etude.lab.environment import environment
from etude.lab.events import announce
from etude.lab.findings import Facts, Finding, of_music, of_training
from etude.lab.loading import load
from etude.lab.material import Material
from etude.lab.recipe import Recipe
from etude.lab.run import Run
from etude.lab.sampled import sampled
from etude.lab.sketching import Sketcher
from etude.lab.starting import start_of
from etude.lab.tracking import Tracker, add_samples, settings_of, tracker_of
from etude.lab.weights import build_model, recipe_of
from etude.registry import blamed

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.lab.reporting import RunReporter
    from etude.models.config import ModelConfig
    from etude.models.model import Model
    from etude.training import Checkpoint
    from etude.training.loop import Outcome


def main(folder: str) -> int:
    """Trains the run in `folder`; the exit code, after the last event said how it ended."""
    try:
        train(Run.open(Path(folder)))
    except EtudeError as error:
        announce("error", message=str(error), exit_code=error.exit_code)
        return error.exit_code
    except Exception as error:
        if who := blamed(error):
            announce("error", message=f"{who} failed: {type(error).__name__}: {error}.", exit_code=1)
        raise
    return 0


def train(run: Run) -> None:
    """The whole training of a run, new or resumed; ends with an "end" event."""
    recipe = recipe_of(run)
    material = _material(run, recipe)
    if recipe.is_counted:
        figures = count(run, material) if recipe.is_ngram else learn(run, recipe, material)
        run.log({"event": "end", "state": "done", **figures})
        announce("end", **figures)
        return
    from etude.lab.reporting import RunReporter

    tracker = tracker_of(recipe.tracking, run)
    along = recipe.tracking.along
    sketcher = Sketcher(run, along, recipe.training_config().seed) if along else None
    reporter = RunReporter(run, tracker, sketcher)
    with closing(tracker), reporter.checkpoints.locked():
        tracker.settings(settings_of(run))
        start = reporter.checkpoints.latest()
        if start is not None:
            run.forget_after(start.step)
            announce("stage", text=f"going on from step {start.step}")
        floors = _floors(run, recipe, material)
        outcome = _fit(run, recipe, material, reporter, floors, start)
        if outcome.interrupted:
            announce("end", interrupted=True, **_figures(outcome, floors))
            return
        if sketcher is not None:
            announce(
                "stage", text=f"the pieces along the way took {sketcher.seconds:.1f} of {outcome.seconds:.1f} s"
            )
        _finish(run, material, outcome, floors, tracker)


def _material(run: Run, recipe: Recipe) -> Material:
    announce("stage", text=f"reading {recipe.data.collection}")
    material = Material.of(recipe.data, recipe.build_encoding())
    train_pieces, valid = material.train, material.valid
    left_out = len(train_pieces.not_encodable) + len(valid.not_encodable)
    announce(
        "stage",
        text=f"{len(train_pieces)} pieces to learn from, {len(valid)} held out"
        + (f", {left_out} that '{material.encoding.name}' cannot hold" if left_out else ""),
    )
    record = material.record()
    _announce_sides(recipe, record)
    _warn_of_the_start(run, material)
    if record["told"] and not recipe.data.left_open:
        announce(
            "stage", text="careful: every condition is always told, so none can be left open: data.left_open=0.5"
        )
    if recipe.data.infill and not recipe.training_config().whole:
        announce("stage", text="careful: rows cut a piece from what comes after its gap: --set training.whole=true")
    run.write_json("encoding.json", {"name": material.encoding.name, **material.encoding.settings})
    run.write_json("split.json", record)
    run.write_json("environment.json", environment())
    return material


def _announce_sides(recipe: Recipe, record: Mapping[str, Any]) -> None:
    """Says what was left out for the sake of a guarded collection, and which held-out pieces were not held out."""
    if guarded := record["guarded"]:
        announce(
            "stage",
            text=f"{guarded['left_out']} pieces left out: held-out ones of {recipe.data.without}, of which "
            f"{sum(guarded['touched'].values())} of {guarded['held_out']} are repeated here",
        )
    shared = record["shared"]["valid in train"]
    if shared["copies"]:
        announce(
            "stage",
            text=f"careful: {shared['copies']} of {shared['pieces']} held-out pieces are learned too, in the same "
            "or another key: the loss on them does not say how well music is known",
        )


def _warn_of_the_start(run: Run, material: Material) -> None:
    """Says how many held-out pieces the weights that training starts from may have learned by heart."""
    origin = run.recipe().get("start")
    if not origin:
        return
    from etude.data import duplicates_between

    start = start_of(origin)
    data, own = start.recipe.data, recipe_of(run).data
    if data.without or (data.collection, data.split, data.seed) == (own.collection, own.split, own.seed):
        return  # left out then, or the same split
    learned = start.collection()
    if learned is None:
        announce(
            "stage",
            text=f"careful: what {origin} learned from ({data.collection}) is not at hand, so nobody can say "
            "whether it knows your held-out pieces",
        )
    elif known := duplicates_between(learned, material.collection):
        announce(
            "stage",
            text=f"careful: {len(set(known.values()))} held-out pieces stand in {data.collection}, which {origin} "
            "has learned. For a clean figure train the start anew with --set data.without="
            + material.collection.name,
        )


def _floors(run: Run, recipe: Recipe, material: Material) -> dict[str, float]:
    """Bits per note of the baselines on the held-out pieces; counted once per run."""
    if not recipe.data.floors:
        return {}
    kept = run.folder / baselines.FOLDER / "floors.json"
    if kept.is_file():
        floors: dict[str, float] = run.read_json(f"{baselines.FOLDER}/floors.json")
        return floors
    announce("stage", text="counting the baselines")
    fitted = baselines.fit(material)
    found = baselines.on_validation(material, fitted)
    baselines.keep(run, fitted, material.valid)
    floors = {name: likelihood.bits_per_note for name, likelihood in found.items()}
    run.write_json(f"{baselines.FOLDER}/floors.json", floors)
    return floors


def _fit(
    run: Run,
    recipe: Recipe,
    material: Material,
    reporter: RunReporter,
    floors: dict[str, float],
    start: Checkpoint | None,
) -> Outcome:
    from etude.data import Cut, PackedBatches
    from etude.training import Validation, fit

    config = recipe.training_config()
    model = _model(run, recipe, material, config.seed)
    low, high = recipe.data.transpose
    batches = PackedBatches(
        material.train,
        Cut(config.rows, config.length, model.config.lead, config.whole),
        seed=config.seed,
        transpose=(low, high),
        left_open=recipe.data.left_open,
        infill=recipe.data.infill,
    )
    announce("stage", text=f"training {sum(p.numel() for p in model.parameters()):,} parameters")
    far = recipe.data.valid_steps
    pieces = [piece[: far + 1] if far else piece for piece in material.valid.pieces()]
    notes = sum(map(material.encoding.note_count, pieces))
    validation = Validation(as_far_as_heard(pieces, recipe.model_config()), notes, floors)
    return fit(model, batches, validation, config, reporter, start=start)


def as_far_as_heard(pieces: Sequence[Steps], config: ModelConfig) -> Sequence[Steps]:
    """The pieces, cut where the table of a model's learned positions ends: beyond it every figure is noise."""
    if config.kind != "transformer" or config.positions != "learned":
        return pieces
    far = config.context
    return [piece[at : at + far + 1] for piece in pieces for at in range(0, len(piece) - 1, far)]


def _model(run: Run, recipe: Recipe, material: Material, seed: int) -> Model:
    """A model with fresh weights, or with those of the run that `--from` named."""
    import torch

    torch.manual_seed(seed)
    model = build_model(recipe, material.encoding)
    origin = run.recipe().get("start")
    if origin:
        weights: dict[str, Any] = dict(start_of(origin).weights())
        try:
            model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
        except RuntimeError as error:
            raise EtudeError(
                f"The weights of {origin} do not fit this model. Keep its encoding and model settings: "
                f"etude train --from {origin} --data COLLECTION takes them over."
            ) from error
        announce("stage", text=f"starting from the weights of {origin}")
    return model


def _finish(run: Run, material: Material, outcome: Outcome, floors: dict[str, float], tracker: Tracker) -> None:
    from etude.engine import never_exported
    from etude.lab.exporting import export

    precision = None
    if reason := never_exported(vars(recipe_of(run).model_config())):
        announce("stage", text=reason)
    else:
        announce("stage", text="exporting")
        precision = export(run.folder, run.exported, material=material).precision
    _sample(run, outcome.step, tracker)
    said = _findings(run, material, outcome, floors)
    figures = {**_figures(outcome, floors), "findings": list(map(str, said)), "precision": precision}
    run.log({"event": "end", "state": "done", **figures})
    announce("end", **figures)


def _findings(run: Run, material: Material, outcome: Outcome, floors: dict[str, float]) -> list[Finding]:
    """What the training means; with floors, what the model composes too."""
    notes = int(material.train.note_counts.sum())
    facts = Facts(notes, outcome.parameters, recipe_of(run).training_config().learning_rate)
    said = of_training([record for record in run.records() if "event" not in record], floors, facts)
    if not floors:
        return said
    announce("stage", text="listening to what it composes")
    try:
        heard = sampled(load(run.folder), material)
    except (EtudeError, ValueError, RuntimeError) as error:  # no reason to lose a training
        announce("stage", text=f"no sample pieces: {error}")
        return said
    return said + of_music(heard.measured, heard.band)


def _sample(run: Run, step: int, tracker: Tracker) -> None:
    """Composes what the tracker is to show; a model that cannot is no reason to lose a training."""
    recipe = recipe_of(run)
    try:
        add_samples(tracker, run, recipe.tracking, step, recipe.training_config().seed)
    except (EtudeError, ValueError, RuntimeError) as error:
        announce("stage", text=f"no sample pieces: {error}")


def _figures(outcome: Outcome, floors: dict[str, float]) -> dict[str, Any]:
    """The keys of `etude train --json`."""
    return {
        "steps": outcome.step,
        "best_step": outcome.best_step,
        "seconds": outcome.seconds,
        "train_nats_per_step": outcome.train_loss,
        "valid_nats_per_step": outcome.valid_loss,
        "perplexity": outcome.perplexity,
        "valid_bits_per_note": outcome.bits_per_note,
        "parameters": outcome.parameters,
        "tokens_per_second": outcome.tokens_per_second,
        "peak_memory_bytes": outcome.peak_memory_bytes,
        "floors": floors,
        "findings": [],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
