"""A study as a person asks for it on the command line, or in a file, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.lab.study.best import confirmed, kept_changes, write_best
from etude.lab.study.drawn import drawn
from etude.lab.study.file import NAME, is_study, read_plan
from etude.lab.study.packing import pack
from etude.lab.study.plan import Budget, Factor, Plan, text_of
from etude.lab.study.scaling import scaling_plan
from etude.lab.study.searching import searched
from etude.lab.study.study import Means, Study, bench_of, conducted
from etude.lab.study.trials import without_password
from etude.lab.study.writing import write_report

STUDIES = Path("studies")
_AS_THEY_ARE = ("design", "seeds", "samples", "confirm", "data", "trials")


def study(
    recipe: str | Path,
    *,
    vary: Mapping[str, Sequence[Any]] | None = None,
    out: str | Path | None = None,
    means: Mapping[str, Any] | None = None,
    **options: Any,
) -> Study:
    """The study that `etude study` makes of the same words: `vary` has the values of each setting by its key.

    `options` are those of the command by name (`seeds`, `steps`, `data`, `settings`, ...), `means` are `workers`,
    `retry` and `watch`. The report is written into the study's folder.
    """
    factors = [f"{key}={','.join(map(text_of, values))}" for key, values in (vary or {}).items()]
    return ask(str(recipe), {**options, "factors": factors}, Path(out) if out else None, means or {})


def ask(
    recipe: str, options: Mapping[str, Any], out: Path | None, means: Mapping[str, Any], command: str = ""
) -> Study:
    """The study that was asked for, conducted and reported.

    `options`: those of the command line, None where not given; `means`: workers, retry and watch.
    """
    path = Path(recipe)
    plan = with_options(read_plan(path) if is_study(path) else Plan(recipe), options)
    if plan.scaling:
        plan = scaling_plan(plan)
    carried = Means(out or _place(path, plan), **means)
    if plan.is_drawn:
        return _reported(drawn(plan, carried), command, options.get("pack"))
    if any(one.is_drawn for one in plan.factors):
        raise UsageError(
            "sampling.* and prompt are varied on one trained model, other settings by training: make two studies, "
            "and give the first a MODEL instead of a recipe."
        )
    if plan.design == "search":
        study = searched(plan, carried, options.get("storage"))
    else:
        study = conducted(plan, carried)
    return _reported(with_best(study, carried), command, options.get("pack"))


def _reported(study: Study, command: str, packed: Path | None) -> Study:
    """The study with its report written, and packed where that was asked for."""
    paths = write_report(study, without_password(command))
    if packed is not None:
        paths.append(pack(study, packed))
    return replace(study, told=[f"written: {'  '.join(map(str, paths))}"])


def with_best(study: Study, means: Means) -> Study:
    """The study with its kept changes confirmed together, where there are any and fresh seeds are granted."""
    changes = dict(study.best) or kept_changes(study.found, study.checked.variants)
    write_best(study.folder, changes)
    if not changes or not study.plan.fresh:
        return study
    bench = bench_of(study.plan, study.checked, (), means)
    found = confirmed(study.plan, changes, bench, means.workers * means.threads, means.threads)
    return study if found is None else replace(study, confirmed=found.answer())


def _place(path: Path, plan: Plan) -> Path:
    """Where a study lies that nobody named a place for: where its file does if it is a study's own, or by name."""
    if path.name == NAME:
        return path.parent
    return STUDIES / Path(plan.recipe if not is_study(path) else path.name).stem


def with_options(plan: Plan, options: Mapping[str, Any]) -> Plan:
    """The plan with what the command line says besides."""
    given = {name: options[name] for name in _AS_THEY_ARE if options.get(name) is not None}
    factors = {one.key: one for one in plan.factors}
    for text in options.get("factors", ()):
        new = Factor.parse(text)
        old = factors.get(new.key)
        factors[new.key] = new if old is None else replace(old, values=new.values)
    return replace(
        plan,
        **given,
        factors=tuple(factors.values()),
        budget=_budget(options) or plan.budget,
        settings=(*plan.settings, *(one for one in options.get("settings", ()) if one not in plan.settings)),
        measures=tuple(dict.fromkeys((*plan.measures, *options.get("measures", ())))),
        scaling=plan.scaling or bool(options.get("scaling")),
        allow_multi=plan.allow_multi or bool(options.get("allow_multi")),
    )


def _budget(options: Mapping[str, Any]) -> Budget | None:
    """The budget given, one way or another. Raises UsageError for two of them."""
    given = {name: options[name] for name in ("steps", "minutes", "budget") if options.get(name) is not None}
    if len(given) > 1:
        raise UsageError(f"--{' and --'.join(given)} are budgets both: give one.")
    for name, value in given.items():
        return Budget.parse(str(value)) if name == "budget" else Budget.parse(f"{value!r} {name}")
    return None
