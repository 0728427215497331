"""The arms of a study as trainings: what each run may spend, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from etude.config import write_toml
from etude.errors import EtudeError, UsageError
from etude.files import write_atomically
from etude.lab.recipe import Recipe, load_recipe
from etude.lab.reproduce.base import Arm
from etude.lab.reproduce.bench import Bench, is_done
from etude.lab.reproduce.running import train_arms
from etude.lab.run import Run
from etude.lab.study.checking import Checked
from etude.lab.study.plan import Plan, Variant, folder_name

RECIPE = "baseline.toml"
CRASHED = "crashed.json"  # in a run: why its training ended without an end
# what costs time and tells nothing of a difference; --set brings it back
LEAN = ("data.floors=false", "tracking.tracker=none", "tracking.samples=0")
State = Literal["done", "crashed", "pruned", "unfinished", "planned"]


@dataclass(frozen=True)
class Row:
    """One run of a study: what it was, what became of it, its figures."""

    arm: str
    seed: int
    state: State
    figures: Mapping[str, float] = field(default_factory=dict)
    message: str = ""  # why it has no figures
    run: str = ""  # its folder, relative to that of the study


def frozen(plan: Plan, folder: Path) -> Path:
    """The baseline's recipe, written into the study once; runs are made from it, whatever the recipe becomes.

    Raises UsageError when the study was begun with another one.
    """
    recipe = load_recipe(plan.recipe, (*LEAN, *plan.budget.settings(), *plan.settings), _data(plan))
    text = write_toml({"format_version": 1, **recipe.mapping()})
    path = folder / RECIPE
    if path.is_file() and path.read_text("utf-8") != text:
        raise UsageError(
            f"{folder} was begun with another recipe, other --set, another budget or other data: see {path}. "
            "Choose another --out, or give the same again; more seeds and more things to vary are welcome."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
    return path


def _data(plan: Plan) -> dict[str, dict[str, Any]]:
    if plan.data is None:
        return {}
    place = Path(plan.data)
    return {"data": {"collection": str(place.resolve()) if place.exists() else plan.data}}


def arms_of(plan: Plan, found: Checked, folder: Path, seeds: Sequence[int], threads: int) -> list[Arm]:
    """Every training: all arms with the first seed, then with the next, so that what is there is always fair."""
    return [
        Arm(
            name=folder_name(one.name, seed),
            recipe=str(folder / RECIPE),
            what=one.name,
            minutes=0.0,
            settings=(*one.settings, *_spending(plan, one, folder)),
            data=None,
            seed=seed,
            threads=threads,
        )
        for seed in seeds
        for one in found.variants
        if not one.planned
    ]


def _spending(plan: Plan, one: Variant, folder: Path) -> tuple[str, ...]:
    """The updates that a budget in floating-point operations buys this arm."""
    if plan.budget.kind != "flops":
        return ()
    recipe = load_recipe(str(folder / RECIPE), one.settings)
    return (f"training.steps={updates_for(plan.budget.amount, recipe)}", "training.minutes=none")


def updates_for(operations: float, recipe: Recipe) -> int:
    """Updates that so many operations buy: six a parameter and trained step (Kaplan et al. 2020, section 2.1).

    Raises UsageError when not one is bought, or the model is counted and has no updates.
    """
    from etude.lab.weights import build_model

    if recipe.is_counted:
        raise UsageError("A counted model has no updates: leave the budget out.")
    config = recipe.training_config()
    size = sum(values.numel() for values in build_model(recipe, recipe.build_encoding()).parameters())
    bought = int(operations / (6 * size * config.rows * config.length))
    if not bought:
        raise UsageError(f"{operations:g} operations buy not one update of {size:,} parameters: give more.")
    return bought


def train(bench: Bench, arms: Sequence[Arm], jobs: int, retry: bool = False) -> None:
    """Trains what is not trained yet. A crash is kept with its run, and tried again only with `retry`."""
    for arm in arms:
        if retry:
            (bench.folder / "runs" / arm.name / CRASHED).unlink(missing_ok=True)
    wanted = [arm for arm in arms if not crashed(bench.folder / "runs" / arm.name)]

    def failed(arm: Arm, error: EtudeError) -> None:
        run = Run(bench.folder / "runs" / arm.name)
        run.write_json(CRASHED, {"message": str(error), "exit_code": error.exit_code})
        bench.say(f"{arm.name}: crashed: {error}")

    train_arms(bench, wanted, jobs, failed)


def crashed(folder: Path) -> bool:
    """Whether the training in a run folder crashed and was not tried again."""
    return (folder / CRASHED).is_file()


def state_of(run: Run) -> tuple[State, str]:
    """What became of a run, and why it is not done."""
    if not Run.is_run(run.folder):
        return "planned", "not begun"
    if crashed(run.folder):
        return "crashed", str(run.read_json(CRASHED)["message"])
    return ("done", "") if is_done(run) else ("unfinished", "stopped before its end")
