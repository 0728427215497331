"""Training all at once: the n-gram with copying, and what plugins learn. Needs no torch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from etude.lab.baselines import fit
from etude.lab.events import announce
from etude.lab.findings import of_evaluation
from etude.lab.loading import LEARNED_FOLDER, NGRAM_FOLDER
from etude.lab.material import Material
from etude.lab.recipe import Recipe
from etude.lab.run import Run
from etude.training.environment import peak_memory

if TYPE_CHECKING:
    from etude.evaluation import Likelihood


def count(run: Run, material: Material) -> dict[str, Any]:
    """Counts the training side, fits the weights on validation and writes the model; the figures of `train`.

    The figure on validation is two-fold: each half is priced with weights fitted on the other.
    """
    from etude.lab.baselines import on_validation
    from etude.models.ngram import save

    announce("stage", text="counting")
    started = time.perf_counter()
    fitted = fit(material)
    found = on_validation(material, fitted)
    model = fitted.ngrams["ngram+copy"].tuned(material.valid.pieces())
    save(model, run.folder / NGRAM_FOLDER)
    saved = found["ngram"].bits_per_note - found["ngram+copy"].bits_per_note
    findings = [
        "A counted model: a baseline to beat, and quick music. It knows no line longer than its contexts.",
        f"Copying what the piece has said {'saves' if saved >= 0 else 'costs'} {abs(saved):.2f} bits a note.",
    ]
    mine = found.pop("ngram+copy")
    figures = {"parameters": model.parameters, "findings": findings}
    return figures | _recorded(run, material, mine, found, time.perf_counter() - started)


def learn(run: Run, recipe: Recipe, material: Material) -> dict[str, Any]:
    """Learns the training side as a plugin's Learner does and writes the model; the figures of `train`."""
    from etude.lab.baselines import keep, on_validation
    from etude.lab.held import held_out
    from etude.models import learner

    announce("stage", text="learning")
    started = time.perf_counter()
    kind, own = recipe.model["kind"], recipe.learner()
    arrays = learner.learn(kind, own, material.train.pieces(), material.sizes)
    learner.save(run.folder / LEARNED_FOLDER, kind, own, arrays, material.sizes)
    seconds = time.perf_counter() - started
    mine = held_out(material, "valid", set(material.valid.ids)).price(learner.load(run.folder / LEARNED_FOLDER))
    beside: dict[str, Likelihood] = {}
    if recipe.data.floors:
        announce("stage", text="counting the baselines")
        fitted = fit(material)
        beside = on_validation(material, fitted)
        keep(run, fitted, material.valid)
    said = of_evaluation(mine, beside)
    figures = {"parameters": sum(array.size for array in arrays.values()), "findings": list(map(str, said))}
    return figures | _recorded(run, material, mine, beside, seconds)


def _recorded(
    run: Run, material: Material, mine: Likelihood, beside: dict[str, Likelihood], seconds: float
) -> dict[str, Any]:
    """The figures that every model learned all at once has; the one record of the run's log is written."""
    record = {
        "step": 1,
        "seconds": seconds,
        "train_nats_per_step": None,
        "valid_nats_per_step": mine.nats_per_step,
        "perplexity": mine.perplexity,
        "valid_bits_per_note": mine.bits_per_note,
        "floors": {name: likelihood.bits_per_note for name, likelihood in beside.items()},
    }
    run.log(record)
    return {
        **{key: record[key] for key in record if key != "step"},
        "steps": 1,
        "tokens_per_second": len(material.train.steps) / seconds,
        "peak_memory_bytes": peak_memory(),
    }
