"""Training by counting: the n-gram with copying as a model of its own. Needs no torch."""

from __future__ import annotations

import time
from typing import Any

from etude.lab.baselines import fit
from etude.lab.events import announce
from etude.lab.loading import MODEL
from etude.lab.material import Material
from etude.lab.run import Run
from etude.training.environment import peak_memory


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
    save(model, run.folder / MODEL)
    seconds = time.perf_counter() - started
    saved = found["ngram"].bits_per_note - found["ngram+copy"].bits_per_note
    steps = len(material.train.steps)
    mine = found.pop("ngram+copy")
    record = {
        "step": 1,
        "seconds": seconds,
        "train_nats_per_step": None,
        "valid_nats_per_step": mine.nats_per_step,
        "perplexity": mine.perplexity,
        "valid_bits_per_note": mine.bits_per_note,
        "floors": {name: likelihood.bits_per_note for name, likelihood in found.items()},
    }
    run.log(record)
    return {
        **{key: record[key] for key in record if key != "step"},
        "steps": 1,
        "parameters": model.parameters,
        "tokens_per_second": steps / seconds,
        "peak_memory_bytes": peak_memory(),
        "findings": [
            "A counted model: a baseline to beat, and quick music. It knows no line longer than its contexts.",
            f"Copying what the piece has said saves {saved:.2f} bits a note.",
        ],
    }
