"""A search: many trials over ranges, the best of them confirmed against the baseline with fresh seeds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from etude.lab.recipe import load_recipe
from etude.lab.settings import complete
from etude.lab.study import trials
from etude.lab.study.checking import checked
from etude.lab.study.outcomes import LIKELIHOOD, outcomes_of
from etude.lab.study.plan import BASELINE, Plan, Variant
from etude.lab.study.running import RECIPE
from etude.lab.study.space import check_space, own_point
from etude.lab.study.study import Means, Study, begun, kept
from etude.lab.study.worker import Worker

if TYPE_CHECKING:
    from optuna import Study as Search


def searched(plan: Plan, means: Means, storage: str | None) -> Study:
    """The study of a search as it stands when as many trials are finished as are asked for.

    Workers are processes beside this one; further ones on other machines take trials from the same storage.
    """
    check_space(plan.factors)
    begun(plan, means.folder)
    search = trials.opened(plan, means.folder, storage)
    base = complete(load_recipe(str(means.folder / RECIPE)))
    if not search.get_trials(deepcopy=False) and (point := own_point(plan.factors, base)):
        search.enqueue_trial(point)
    others = [_another(means, storage, number) for number in range(1, means.workers)]
    try:
        Worker(plan, means.folder, search, means.threads, means.watch).work()
        for other in others:
            other.wait()
    except BaseException:
        for other in others:
            other.terminate()
        raise
    study = found_study(plan, means, search, storage)
    trials.close(search)
    return study


def _another(means: Means, storage: str | None, number: int) -> subprocess.Popen[bytes]:
    """One more worker, as a process; the storage's address goes where no process list shows it."""
    words = [sys.executable, "-m", "etude.lab.study.worker", str(means.folder), str(number), str(means.threads)]
    environment = {**os.environ, trials.STORAGE: trials.address(means.folder, storage)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)


def found_study(plan: Plan, means: Means, search: Search, storage: str | None) -> Study:
    """What the trials in the storage say."""
    rows = trials.rows_of(search)
    found = checked(plan, [Variant(BASELINE)], str(means.folder / RECIPE))
    seen = outcomes_of([row.figures for row in rows]) or [LIKELIHOOD]
    notes = [
        f"Budget: {plan.budget}.",
        f"Trials: {_states([row.state for row in rows])}, kept by Optuna in "
        f"{trials.without_password(trials.address(means.folder, storage)).rpartition('/')[2]}.",
        "The best of many trials is lucky, too: what counts is its confirmation with fresh seeds.",
    ]
    study = Study(plan, means.folder, found, rows, seen, [], notes=notes, best=trials.best_changes(search))
    return kept(study)


def _states(states: Sequence[str]) -> str:
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "none"
