"""Looking back: runs listed, shown and held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from etude.lab.run import Run, runs_in


@dataclass(frozen=True)
class RunSummary:
    """One row of `etude runs list`. Likelihoods are those of the best evaluation so far."""

    run: str
    started: str
    recipe: str
    steps: int
    valid_nats_per_step: float | None
    valid_bits_per_note: float | None
    state: str

    def row(self) -> tuple[Any, ...]:
        """The cells in the order of the table."""
        return tuple(vars(self).values())


def summaries(folder: Path) -> list[RunSummary]:
    """The runs in `folder`, oldest first."""
    return [summary(run) for run in runs_in(folder)]


def summary(run: Run) -> RunSummary:
    """Where a run stands, read from its log."""
    evaluations = evaluations_of(run)
    best = min(evaluations, key=lambda record: record["valid_nats_per_step"], default={})
    ends = [record for record in run.records() if record.get("event") == "end"]
    return RunSummary(
        run=str(run.folder),
        started=_started(run),
        recipe=str(run.recipe().get("name", "")),
        steps=int(evaluations[-1]["step"]) if evaluations else 0,
        valid_nats_per_step=best.get("valid_nats_per_step"),
        valid_bits_per_note=best.get("valid_bits_per_note"),
        state=str(ends[-1].get("state", "done")) if ends else "unfinished",
    )


def _started(run: Run) -> str:
    """When the run was made, as an ISO date and time."""
    stamp = (run.folder / "recipe.toml").stat().st_mtime
    return datetime.fromtimestamp(stamp).isoformat(" ", "seconds")


def evaluations_of(run: Run) -> list[dict[str, Any]]:
    """The evaluation records of a run, in order."""
    records = [record for record in run.records() if "event" not in record]
    return [record for record in records if record.get("valid_nats_per_step") is not None]


def describe(folder: Path) -> tuple[dict[str, Any], str]:
    """A run's settings, environment and evaluations: (values, text)."""
    run = Run.open(folder)
    evaluations = evaluations_of(run)
    values = {
        "summary": vars(summary(run)),
        "recipe": run.recipe(),
        "environment": run.read_json("environment.json") if (folder / "environment.json").is_file() else None,
        "evaluations": evaluations,
    }
    lines = [f"{key}: {value}" for key, value in vars(summary(run)).items()]
    lines += ["", (folder / "recipe.toml").read_text("utf-8").strip(), ""]
    lines += [
        f"step {record['step']:>7}  {_trained(record)}valid {record['valid_nats_per_step']:.4f} nats/step"
        for record in evaluations
    ]
    notes = folder / "notes.md"
    if notes.is_file():
        lines += ["", notes.read_text("utf-8").strip()]
    return values, "\n".join(lines)


def _trained(record: Mapping[str, Any]) -> str:
    """The training loss of a record; nothing for a counted model, which has none."""
    value = record.get("train_nats_per_step")
    return "" if value is None else f"train {value:.4f}  "


def differences(first: Path, second: Path) -> dict[str, tuple[Any, Any]]:
    """Dotted setting -> (value in `first`, value in `second`), for the settings that differ."""
    one, two = flat(Run.open(first).recipe()), flat(Run.open(second).recipe())
    return {key: (one.get(key), two.get(key)) for key in {**one, **two} if one.get(key) != two.get(key)}


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings under dotted keys."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = value
    return out


def add_note(folder: Path, text: str) -> Path:
    """Appends a dated line to notes.md of a run."""
    run = Run.open(folder)
    path = run.folder / "notes.md"
    before = path.read_text("utf-8") if path.is_file() else ""
    run.write_text("notes.md", f"{before}- {datetime.now().isoformat(' ', 'minutes')} {text}\n")
    return path
