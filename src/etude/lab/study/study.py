"""A study from beginning to end: check, train what is missing, compare, keep, confirm, report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.files import write_atomically
from etude.lab.events import Watcher, nobody
from etude.lab.recipe import load_recipe
from etude.lab.reproduce.bench import Bench
from etude.lab.run import Run
from etude.lab.settings import complete
from etude.lab.study import outcomes as measured
from etude.lab.study.analysis import Columns, Compared, compared, power_sentence, target_of
from etude.lab.study.checking import Checked, checked
from etude.lab.study.designs import contrasts_of, variants_of
from etude.lab.study.file import NAME, plan_text
from etude.lab.study.outcomes import LIKELIHOOD, Outcome, outcomes_of
from etude.lab.study.plan import BASELINE, Plan
from etude.lab.study.running import Row, arms_of, frozen, state_of, train

FIGURES = "study.json"


@dataclass(frozen=True)
class Study:
    """A study as it stands: what was asked, every run as a row, and what the rows say."""

    plan: Plan
    folder: Path
    checked: Checked
    rows: Sequence[Row]
    outcomes: Sequence[Outcome]
    found: Sequence[Compared]
    floors: Mapping[str, float] = field(default_factory=dict)  # bits a note of the counted baselines
    confirmed: Mapping[str, Any] = field(default_factory=dict)  # what became of the kept changes together
    notes: Sequence[str] = ()  # what a reader must know to read the figures aright
    told: Sequence[str] = ()  # what was done beside, such as a report written
    best: Mapping[str, str] = field(default_factory=dict)  # of a search: the settings of its best trial

    @property
    def columns(self) -> Columns:
        """The figures by arm and seed."""
        return Columns(self.rows, range(self.plan.seeds))

    @property
    def power(self) -> str:
        """What the design can find, in words."""
        if self.plan.design == "search":
            return "Power: a search compares nothing by itself; its best trial is confirmed against the baseline."
        return power_sentence(self.found, self.plan.seeds)

    @property
    def kept(self) -> list[Compared]:
        """The questions whose answer is to keep a change."""
        return [one for one in self.found if one.decision == "keep"]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude study --json`."""
        factors: dict[str, dict[str, Any]] = {}
        for one in self.found:
            key = one.contrast.factor or one.contrast.name
            factors.setdefault(key, {})[one.contrast.value or one.contrast.name] = one.answer()
        mean = self.columns.mean(BASELINE, self.outcomes[0].key) if self.outcomes else None
        return {
            "study": str(self.folder),
            "baseline": None if mean is None else vars(mean),
            "floors": dict(self.floors),
            "factors": factors,
            "runs": [vars(row) for row in self.rows],
            "power": self.power,
            "confirmed": dict(self.confirmed),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Means:
    """How a study is carried out: where, on how many trainings at a time, watched by whom."""

    folder: Path
    workers: int = 1
    retry: bool = False  # crashed runs once more
    watch: Watcher = nobody

    @property
    def threads(self) -> int:
        """Threads of each training."""
        return max(1, (os.cpu_count() or 1) // self.workers)


def begun(plan: Plan, folder: Path) -> Checked:
    """The arms of a plan, checked; the study's folder with its files is made. Raises UsageError before that."""
    if not plan.factors and not plan.own:
        raise UsageError("Nothing is varied: say what, with --vary KEY=V1,V2, for example model.layers=1,2.")
    measured.check_measures(plan.measures)
    recipe = load_recipe(plan.recipe, plan.settings)
    base = complete(recipe) | {"training.minutes": recipe.training_config().minutes}
    checked(plan, variants_of(plan, base), plan.recipe)  # before anything is written
    path = frozen(plan, folder)
    write_atomically(folder / NAME, plan_text(plan).encode())
    return checked(plan, variants_of(plan, complete(load_recipe(str(path)))), str(path))


def bench_of(plan: Plan, found: Checked, seeds: Sequence[int], means: Means) -> Bench:
    """The Bench of the study's trainings with these seeds."""
    arms = arms_of(plan, found, means.folder, seeds, means.threads)
    return Bench(means.folder, {}, {arm.name: arm for arm in arms}, watch=means.watch)


def conducted(plan: Plan, means: Means) -> Study:
    """The study of trained arms: what is not trained yet is trained, the rest is taken as it is."""
    found = begun(plan, means.folder)
    bench = bench_of(plan, found, range(plan.seeds), means)
    arms = list(bench.arms.values())
    train(bench, arms, means.workers * means.threads, means.retry)
    return looked_at(plan, found, bench)


def looked_at(plan: Plan, found: Checked, bench: Bench) -> Study:
    """The study as its run folders stand; nothing is trained."""
    rows = [*rows_of(bench), *_planned(found)]
    columns = Columns(rows, range(plan.seeds))
    target = target_of(columns, BASELINE)
    rows = [_with_target(bench, row, target) for row in rows]
    if plan.measures:
        rows = _with_music(bench, rows)
    seen = outcomes_of([row.figures for row in rows], plan.measures) or [LIKELIHOOD]
    contrasts = contrasts_of(plan, found.variants)
    answers = compared(Columns(rows, range(plan.seeds)), contrasts, seen)
    notes = _notes(plan, found, target)
    return kept(Study(plan, bench.folder, found, rows, seen, answers, notes=notes))


def kept(study: Study) -> Study:
    """The study, its figures written into its folder."""
    text = json.dumps(study.answer(), indent=1, default=float)
    write_atomically(study.folder / FIGURES, (text + "\n").encode())
    return study


def rows_of(bench: Bench) -> list[Row]:
    """A Row for every training of a bench, done or not."""
    out = []
    for name, arm in bench.arms.items():
        run = Run(bench.folder / "runs" / name)
        state, message = state_of(run)
        figures = measured.trained_figures(run) if state == "done" else {}
        out.append(Row(arm.what, arm.seed, state, figures, message, f"runs/{name}"))
    return out


def _planned(found: Checked) -> list[Row]:
    return [
        Row(one.name, 0, "planned", message=f"{one.planned}: {one.status}") for one in found.variants if one.planned
    ]


def _with_target(bench: Bench, row: Row, target: float) -> Row:
    """The row with what it took to reach the target; as it is where there is none to reach."""
    if row.state != "done" or math.isnan(target):
        return row
    return replace(row, figures={**row.figures, **measured.to_target(Run(bench.folder / row.run), target)})


def _with_music(bench: Bench, rows: Sequence[Row]) -> list[Row]:
    """The rows with the measures of what each run composes, all drawn with the same random numbers."""
    from etude.lab.loading import load
    from etude.lab.study.composed import composed_figures, real_columns

    done = [row for row in rows if row.state == "done"]
    real = real_columns(load(bench.folder / done[0].run)) if done else None
    out = []
    for row in rows:
        figures = dict(row.figures)
        if row.state == "done":
            place = bench.folder / row.run
            figures |= composed_figures(load(place), {}, 0, place, real)
        out.append(replace(row, figures=figures))
    return out


def _notes(plan: Plan, found: Checked, target: float) -> list[str]:
    """What the design or the settings make of the figures."""
    notes = [f"Budget: {plan.budget}."]
    if not math.isnan(target):
        notes.append(f"Target: {target:.4f} nats a step, which every run of the baseline reached.")
    spent = [one.key for one in plan.factors if one.key in ("training.steps", "training.minutes")]
    spent += ["training.rows"] if plan.budget.kind == "steps" and _varies(plan, "training.rows") else []
    spent += ["training.length"] if plan.budget.kind == "steps" and _varies(plan, "training.length") else []
    if spent:
        notes.append(f"{', '.join(spent)} changes how much music a run sees: an effect may be no more than that.")
    if plan.seeds > 1 and found.settings[BASELINE].get("model.kind") == "ngram":
        notes.append("Counted models: seeds change nothing, and there is no chance in a difference.")
    return notes


def _varies(plan: Plan, key: str) -> bool:
    return any(one.key == key for one in plan.factors)
