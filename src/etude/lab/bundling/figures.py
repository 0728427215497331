"""What is measured of a bundled model for its card: the file itself is judged, not the run it came from."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.lab.bundled import INDEX, MODEL, Bundled
from etude.lab.composing import Piece, Wish, pieces
from etude.lab.evaluating import evaluate
from etude.lab.events import Watcher, nobody
from etude.lab.findings.music import places
from etude.lab.loading import CALIBRATION, Loaded, load
from etude.lab.material import Material
from etude.lab.originality import Known
from etude.lab.run import Run
from etude.lab.sampled import longest_sample, real_scores
from etude.lab.standing import copied

if TYPE_CHECKING:
    from etude.evaluation import Likelihood
    from etude.lab.exporting import ExportedModel
    from etude.score import Score

SIDES = ("valid", "test")
VOICES = ("parallels", "voice_crossing", "wide_spacing", "out_of_range")  # faults, as shares


@dataclass(frozen=True)
class Ask:
    """What is measured. Nothing here is taken for granted: what is left out is missing from the card."""

    count: int = 100  # pieces composed; 0: no music is judged
    seed: int = 0
    likelihood: bool = True  # of the held-out pieces, beside the baselines
    two_sample: bool = False  # train fresh critics on the pieces and on held-out ones
    critic: str | None = None  # whose first weights they are lent


def opened(model: Bundled) -> Loaded:
    """The model as a person loads it by name, wherever its folder is."""
    from dataclasses import replace

    return replace(load(model.file(MODEL)), name=model.name, index=model.file(INDEX))


def of_training(run: Run, exported: ExportedModel) -> dict[str, Any]:
    """How the weights came about, and what 8 bits change."""
    ends = [record for record in run.records() if record.get("event") == "end"]
    keys = ("parameters", "steps", "best_step", "seconds")
    found: dict[str, Any] = {key: ends[-1][key] for key in keys if ends and ends[-1].get(key) is not None}
    found["precision"] = exported.precision
    found["nats_per_step"] = exported.nats_per_step
    found["max_logit_error"] = exported.max_logit_error
    if (run.folder / CALIBRATION).is_file():
        found["calibrated"] = run.read_json(CALIBRATION)["settings"]
    if origin := run.recipe().get("start"):
        found["started_from"] = Path(origin).name
    return {"training": found}


def of_likelihood(loaded: Loaded, collection: str, watch: Watcher = nobody) -> dict[str, Any]:
    """Side -> model and baselines -> what held-out pieces cost, in nats and bits."""
    control = getattr(loaded.encoding, "control", None)
    protocols = ("full", f"full:given={len(control.kinds)}") if control else ("full",)
    sides: dict[str, Any] = {}
    for side in SIDES:
        watch({"event": "stage", "text": f"pricing the pieces held out for {side}"})
        for found in evaluate(loaded, collection, protocols=protocols, split=side):
            name = side if found.protocol == "full" else f"{side}, {found.protocol}"
            sides[name] = {row: _priced(one) for row, one in found.named.items()}
    return {"likelihood": sides}


def _priced(one: Likelihood) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bits_per_note": one.bits_per_note,
        "within": one.bits_per_note_within,
        "nats_per_step": one.nats_per_step,
        "nats_per_value": one.nats_per_step / len(one.nats_per_field),
        "perplexity": one.perplexity,
        "pieces": one.pieces,
        "notes": one.notes,
    }
    parts = {name: part.nats for name, part in one.parts.items()}
    return _known({**found, **({"parts": _known(parts)} if parts else {})})


def of_music(
    loaded: Loaded, material: Material, ask: Ask, watch: Watcher = nobody
) -> tuple[dict[str, Any], list[Score]]:
    """What `ask.count` pieces are like beside real ones, and what they copy; and the pieces."""
    from etude.evaluation import measure
    from etude.evaluation.originality import load_passages

    watch({"event": "stage", "text": f"composing {ask.count} pieces"})
    began = time.perf_counter()
    made = list(_composed(loaded, ask))
    took = time.perf_counter() - began
    scores = [piece.score for piece in made]
    watch({"event": "stage", "text": "measuring them beside real pieces"})
    ours, real = measure(scores), measure(real_scores(loaded, material, "test"))
    assert loaded.index is not None
    found = copied(scores, [str(piece.index + 1) for piece in made], Known(*load_passages(loaded.index)))
    music = {
        "pieces": len(made),
        "seed": ask.seed,
        "structure": _structure(ours, real),
        "originality": _known(
            {
                "longest_copied": found.longest.value,
                "copied_share": found.share.value,
                "over_band": found.over,
                **(
                    {"real_middle": band.longest[1], "real_most": band.longest[2]}
                    if (band := found.each[0].band)
                    else {}
                ),
            }
        ),
    }
    return {"music": music, "timings": _timings(made, took)}, scores


def _composed(loaded: Loaded, ask: Ask) -> Iterator[Piece]:
    yield from pieces(loaded, Wish(count=ask.count, seed=ask.seed, steps=longest_sample(loaded)))


def _timings(made: Sequence[Piece], took: float) -> dict[str, float]:
    """How fast `etude compose` makes pieces, originality looked up, on the machine of the card."""
    notes, seconds = sum(len(piece.score) for piece in made), sum(piece.score.duration for piece in made)
    return {"notes_a_second": round(notes / took, 1), "times_real_time": round(seconds / took, 1)}


def _structure(ours: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, Any]:
    """How many measures of the middle piece lie inside the band of real ones, and which do not; voice-leading."""
    import numpy as np

    found = places(ours, real)
    outside = {
        place.metric: {"middle": place.middle, "low": place.low, "high": place.high}
        for place in found
        if place.side != "inside"
    }
    faults = {}
    for name in VOICES:
        means = [
            float(np.nanmean(side[name])) if not np.isnan(side[name]).all() else math.nan for side in (ours, real)
        ]
        if not math.isnan(sum(means)):
            faults[name] = {"ours": means[0], "real": means[1]}
    return {"measures": len(found), "inside": len(found) - len(outside), "outside": outside, "faults": faults}


def of_two_samples(
    scores: Sequence[Score], material: Material, ask: Ask, watch: Watcher = nobody
) -> dict[str, Any]:
    """How often a fresh critic tells the pieces from held-out ones; 0.5 is chance."""
    from etude.engine.critic import load_critic
    from etude.lab.critic.comparing import compare

    def say(text: str) -> None:
        watch({"event": "stage", "text": f"two-sample test: {text}"})

    start = load_critic(Path(ask.critic)) if ask.critic else None
    found = compare(scores, material.collection, side="test", start=start, say=say)
    return {
        "two_sample": {
            "accuracy": found.accuracy.value,
            "low": found.accuracy.low,
            "high": found.accuracy.high,
            "pieces": found.pieces,
            "real": found.real,
            "lent": ask.critic is not None,
        }
    }


def _known(figures: Mapping[str, Any]) -> dict[str, Any]:
    """`figures` without what is not defined for this music."""
    return {name: value for name, value in figures.items() if not (isinstance(value, float) and math.isnan(value))}
