"""What is measured of each run: its likelihood, how fast it came there, and what it took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etude.errors import UsageError
from etude.lab.history import evaluations_of
from etude.lab.recipe import encoding_from
from etude.lab.run import Run

MIB = 2**20


@dataclass(frozen=True)
class Outcome:
    """A figure of a run. `better`: "lower", "higher", or "" where neither is."""

    key: str
    label: str
    unit: str = ""
    better: str = "lower"


LIKELIHOOD = Outcome("bits_per_note", "bits/note", "bits")
DISTANCE = Outcome("distance", "distance to real pieces", "sd")  # of composed pieces, see `composed`
OUTCOMES = (
    LIKELIHOOD,
    Outcome("nats_per_step", "nats/step", "nats"),
    Outcome("steps_to_target", "updates to target", "updates"),
    Outcome("seconds_to_target", "seconds to target", "s"),
    Outcome("gradient_norm", "gradient norm", "", ""),
    Outcome("tokens_per_second", "steps of music/s", "", "higher"),
    Outcome("peak_mib", "peak memory, MiB", "MiB"),
    Outcome("seconds", "seconds", "s"),
    Outcome("updates", "updates", "", ""),
    Outcome("parameters", "parameters", "", ""),
)


def ending(run: Run) -> dict[str, Any]:
    """The last figures of a finished run."""
    return next(record for record in run.records() if record.get("event") == "end")


def trained_figures(run: Run) -> dict[str, float]:
    """The figures of a finished run, by the keys of OUTCOMES and "nats FIELD"; what a model has not is NaN."""
    end, records = ending(run), evaluations_of(run)
    norms = [record["gradient_norm"] for record in records if record.get("gradient_norm") is not None]
    best = min(records, key=lambda record: record["valid_nats_per_step"])
    return {
        "bits_per_note": _number(end["valid_bits_per_note"]),
        "nats_per_step": _number(end["valid_nats_per_step"]),
        "gradient_norm": sum(norms) / len(norms) if norms else math.nan,
        "tokens_per_second": _number(end["tokens_per_second"]),
        "peak_mib": _number(end["peak_memory_bytes"]) / MIB,
        "seconds": _number(end["seconds"]),
        "updates": _number(end["steps"]),
        "parameters": _number(end["parameters"]),
        **_fields(run, best.get("valid_nats_per_field") or ()),
    }


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _fields(run: Run, nats: Sequence[float]) -> dict[str, float]:
    """What each field of a step costs, where there are several."""
    if len(nats) < 2:
        return {}
    names = [field.name for field in encoding_from(run.read_json("encoding.json")).fields]
    return {f"nats {name}": float(value) for name, value in zip(names, nats)}


def to_target(run: Run, target: float) -> dict[str, float]:
    """Updates and seconds until validation first costs at most `target` nats a step; NaN where it never does."""
    for record in evaluations_of(run):
        if record["valid_nats_per_step"] <= target:
            return {"steps_to_target": float(record["step"]), "seconds_to_target": float(record["seconds"])}
    return {"steps_to_target": math.nan, "seconds_to_target": math.nan}


def outcomes_of(figures: Sequence[Mapping[str, float]], measures: Sequence[str] = ()) -> list[Outcome]:
    """The outcomes that some run has, fields and measures of composed pieces among them."""
    there = {key for row in figures for key, value in row.items() if not math.isnan(value)}
    known = [one for one in OUTCOMES if one.key in there]
    fields = sorted(key for key in there if key.startswith("nats "))
    told = {one.key: one for one in measured_outcomes()} if measures else {}
    known += [DISTANCE] if DISTANCE.key in there else []
    return [
        *known,
        *(Outcome(key, key, "nats") for key in fields),
        *(told[name] for name in measures if name in there),
    ]


def measured_outcomes() -> list[Outcome]:
    """What can be measured of composed pieces."""
    from etude.evaluation import METRICS

    better = {"high": "higher", "low": "lower"}
    return [
        Outcome(one.name, one.name.replace("_", " "), one.unit, better.get(str(one.better), "")) for one in METRICS
    ]


def check_measures(names: Sequence[str]) -> None:
    """Raises UsageError naming what can be measured when one of `names` cannot."""
    known = [one.key for one in measured_outcomes()] if names else []
    for name in names:
        if name not in known:
            raise UsageError(f"There is no measure '{name}'. Known: {', '.join(known)}.")
