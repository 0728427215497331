"""A study of drawing: `sampling.*` and `prompt` varied on one trained model, which is not trained again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etude.errors import EtudeError, UsageError
from etude.files import write_atomically
from etude.lab.loading import Loaded, load
from etude.lab.study.analysis import Columns as Figures
from etude.lab.study.analysis import compared
from etude.lab.study.checking import Checked, one_thing
from etude.lab.study.composed import Columns, composed_figures, real_columns, sampling_changes
from etude.lab.study.designs import contrasts_of, variants_of
from etude.lab.study.file import NAME, plan_text
from etude.lab.study.outcomes import DISTANCE, Outcome, check_measures, measured_outcomes
from etude.lab.study.plan import Plan, Variant, folder_name
from etude.lab.study.running import Row
from etude.lab.study.study import Means, Study, kept


def drawn(plan: Plan, means: Means) -> Study:
    """The study of a trained model's drawing. The recipe of the plan is the model.

    Raises UsageError for a factor that would need training, and where nothing tells better from worse.
    """
    loaded = load(plan.recipe)
    found = _checked(plan, loaded)
    check_measures(plan.measures)
    real = real_columns(loaded)
    if real is None and not plan.measures:
        raise UsageError(
            f"The collection that {plan.recipe} learned from is not at hand, so that nothing says which pieces are "
            "better: name what to measure, with --measure NAME."
        )
    means.folder.mkdir(parents=True, exist_ok=True)
    write_atomically(means.folder / NAME, plan_text(plan).encode())
    rows = [
        _row(loaded, one, seed, means, real)
        for seed in range(plan.seeds)
        for one in found.variants
        if not one.planned
    ]
    seen = _outcomes(plan, real)
    contrasts = contrasts_of(plan, found.variants)
    answers = compared(Figures(rows, range(plan.seeds)), contrasts, seen)
    return kept(Study(plan, means.folder, found, rows, seen, answers, notes=_notes(loaded, real)))


def _checked(plan: Plan, loaded: Loaded) -> Checked:
    base: dict[str, Any] = {f"sampling.{name}": value for name, value in vars(loaded.sampling).items()}
    base["prompt"] = ""
    variants = variants_of(plan, base)
    found = Checked(variants, {one.name: _settings(loaded, base, one) for one in variants})
    for one in variants[1:]:
        one_thing(found, one, plan)
    return found


def _settings(loaded: Loaded, base: Mapping[str, Any], one: Variant) -> dict[str, Any]:
    trained = [key for key in one.changes if not (key.startswith("sampling.") or key == "prompt")]
    if trained:
        raise UsageError(
            f"'{trained[0]}' needs training, and a study of {loaded.name} only draws: give the recipe instead "
            "of the model, or vary sampling.* and prompt alone."
        )
    told = {f"sampling.{name}": value for name, value in sampling_changes(loaded, one.changes).items()}
    return {**base, **told, **{key: value for key, value in one.changes.items() if key == "prompt"}}


def _row(loaded: Loaded, one: Variant, seed: int, means: Means, real: Columns | None) -> Row:
    place = f"drawn/{folder_name(one.name, seed)}"
    means.watch({"event": "stage", "text": f"composing: {one.name}, seed {seed}"})
    try:
        figures = composed_figures(loaded, one.changes, seed, means.folder / place, real)
    except (EtudeError, ValueError, RuntimeError) as error:
        return Row(one.name, seed, "crashed", message=str(error), run=place)
    return Row(one.name, seed, "done", figures, run=place)


def _outcomes(plan: Plan, real: Columns | None) -> list[Outcome]:
    every = {one.key: one for one in measured_outcomes()}
    asked = [every[name] for name in plan.measures] or list(every.values())
    return [DISTANCE, *asked] if real is not None else asked


def _notes(loaded: Loaded, real: Columns | None) -> list[str]:
    pieces = len(next(iter(real.values()))) if real else 0
    told = f"Real pieces: {pieces}, held out as far as they go." if real else "Real pieces are not at hand."
    return [f"Drawn from {loaded.name} as it is; nothing was trained. Equal seeds draw equal random numbers.", told]
