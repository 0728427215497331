"""One worker of a search: takes trials from the storage until there are enough.

`python -m etude.lab.study.worker FOLDER NUMBER THREADS`, with the storage's address in ETUDE_STUDY_STORAGE.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import EtudeError, interruption
from etude.lab.events import Watcher, nobody
from etude.lab.launch import Order, prepare, supervise
from etude.lab.run import Run
from etude.lab.study import trials
from etude.lab.study.file import NAME, read_plan
from etude.lab.study.outcomes import trained_figures
from etude.lab.study.plan import Plan
from etude.lab.study.running import RECIPE
from etude.lab.study.space import suggested

if TYPE_CHECKING:
    from optuna import Study as Search
    from optuna.trial import Trial

PAUSE = 1.0  # seconds between two looks at what other workers still do


@dataclass
class Worker:
    """Trains trials into the runs of a study's folder."""

    plan: Plan
    folder: Path
    search: Search
    threads: int = 1
    watch: Watcher = nobody

    def work(self) -> None:
        """Takes one trial after another until as many are finished as the plan asks for."""
        optuna = trials.library()
        while True:
            finished, running, waiting = trials.counted(self.search)
            if finished >= self.plan.trials:
                return
            if finished + running >= self.plan.trials and not waiting:
                time.sleep(PAUSE)  # others are at the last ones; should they be lost, theirs are taken up here
                with trials.quiet():
                    optuna.storages.fail_stale_trials(self.search)
                continue
            self.search.optimize(self.objective, n_trials=1, catch=(EtudeError,))

    def objective(self, trial: Trial) -> float:
        """Bits per note of one trial, trained. Raises TrialPruned for one that is worse than most on its way."""
        changes = suggested(trial, self.plan.factors)
        trial.set_user_attr(trials.CHANGES, changes)
        name = trials.trial_folder(trial.study.get_trials(deepcopy=False)[trial.number])
        self.watch({"event": "stage", "text": f"{name}: {', '.join(f'{k}={v}' for k, v in changes.items())}"})
        try:
            figures = self._trained(trial, name, changes)
        except EtudeError as error:
            trial.set_user_attr(trials.MESSAGE, str(error))
            raise
        except (KeyboardInterrupt, SystemExit):
            trial.set_user_attr(trials.MESSAGE, "stopped; begun again later")
            self.search.enqueue_trial(trial.params)
            raise
        trial.set_user_attr(trials.FIGURES, figures)
        return figures["bits_per_note"]

    def _trained(self, trial: Trial, name: str, changes: Mapping[str, str]) -> dict[str, float]:
        run = Run(self.folder / "runs" / name)
        if not Run.is_run(run.folder):
            settings = (*(f"{key}={value}" for key, value in changes.items()), "training.seed=0")
            recipe = str(self.folder / RECIPE)
            own = (*settings, f"training.threads={self.threads}")
            run = prepare(Order(recipe=recipe, out=run.folder, settings=own))
        seen = _Judged(trial, self)
        done = supervise(run, seen.watch, seen.started)
        if seen.pruned:
            optuna = trials.library()
            trial.set_user_attr(trials.MESSAGE, seen.pruned)
            raise optuna.TrialPruned
        if done.interrupted:
            raise interruption(done.stopped_by)
        return trained_figures(run)


class _Judged:
    """Watches one training, tells Optuna of its evaluations, and stops it when it is worse than most."""

    def __init__(self, trial: Trial, worker: Worker) -> None:
        self.trial, self.worker = trial, worker
        self.number, self.pruned = 0, ""
        self.child: subprocess.Popen[str] | None = None

    def started(self, child: subprocess.Popen[str]) -> None:
        """Takes note of the process."""
        self.child = child

    def watch(self, event: Mapping[str, Any]) -> None:
        """Takes one event of the trainer."""
        if event["event"] != "evaluation":
            return
        self.worker.watch({**event, "arm": f"trial {self.trial.number}"})
        self.number += 1
        self.trial.report(float(event["valid_bits_per_note"]), self.number)
        if self.trial.should_prune() and self.child is not None:
            self.pruned = f"at update {event['step']}: worse than the middle one of the trials before"
            self.child.send_signal(signal.SIGTERM)


def main(folder: str, number: str, threads: str) -> int:
    """Works on the search of the study in `folder` until it is over."""
    place = Path(folder)
    plan = read_plan(place / NAME)
    search = trials.opened(plan, place, None, int(number))
    Worker(plan, place, search, int(threads)).work()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
