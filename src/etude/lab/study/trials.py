"""The trials of a search in Optuna's storage: SQLite in the study's folder, or a database for many machines."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import EtudeError, MissingPart
from etude.lab.study.plan import Plan, named
from etude.lab.study.running import Row, State

if TYPE_CHECKING:
    from optuna import Study as Search
    from optuna.trial import FrozenTrial

FILE = "optuna.db"
STORAGE = "ETUDE_STUDY_STORAGE"  # the address handed to workers: it may hold a password, which `ps` would show
HEARTBEAT = 10  # seconds; a trial whose worker gave no sign for three of them is taken up again
RETRIES = 3
WARM_UP = 5  # evaluations of a run before it may be pruned
CHANGES, FIGURES, MESSAGE = "etude:changes", "etude:figures", "etude:message"
_STATES: dict[str, State] = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "crashed"}


def library() -> Any:
    """The package optuna, which says only what went wrong. Raises MissingPart when it is not installed."""
    try:
        with quiet():
            import optuna
    except ImportError as error:
        raise MissingPart("A search", "study") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings: Optuna's heartbeats are marked experimental, since 2021."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def address(folder: Path, storage: str | None) -> str:
    """Where the trials are kept: as asked for, or in the study's folder; PostgreSQL is spoken to by psycopg."""
    given = storage or os.environ.get(STORAGE) or f"sqlite:///{(folder / FILE).resolve()}"
    return re.sub("^postgres(ql)?://", "postgresql+psycopg://", given)


def without_password(text: str) -> str:
    """A command or an address with no password in it."""
    return re.sub(r"(://[^:/@\s]+):[^@\s]*@", r"\1:***@", text)


def opened(plan: Plan, folder: Path, storage: str | None, worker: int = 0) -> Search:
    """The search of a study, begun or gone on with. Raises EtudeError naming a storage that cannot be reached."""
    optuna = library()
    where = address(folder, storage)
    try:
        with quiet():
            kept = optuna.storages.RDBStorage(
                where,
                heartbeat_interval=HEARTBEAT,
                heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(RETRIES),
            )
        search: Search = optuna.create_study(
            storage=kept,
            study_name=name_of(plan, folder),
            load_if_exists=True,
            direction="minimize",
            sampler=_sampler(optuna, worker),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=WARM_UP),
        )
        return search
    except ImportError as error:
        raise MissingPart(f"A search on {without_password(where).split(':')[0]}", "postgresql") from error
    except (optuna.exceptions.StorageInternalError, *_database_errors()) as error:
        words = str(error).strip().splitlines()[0]
        raise EtudeError(
            f"The storage {without_password(where)} cannot be used: {without_password(words)}."
        ) from error


def close(search: Search) -> None:
    """Lets go of the connections to the storage."""
    kept: Any = search._storage
    kept = getattr(kept, "_backend", kept)  # a storage with a cache stands before the one that connects
    kept.scoped_session.remove()
    kept.engine.dispose()


def _sampler(optuna: Any, worker: int) -> Any:
    return optuna.samplers.TPESampler(seed=int.from_bytes(os.urandom(3), "big") if worker else 0)


def _database_errors() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    return (SQLAlchemyError,)


def name_of(plan: Plan, folder: Path) -> str:
    """What the search is called in its storage: machines that share a database share it by this name."""
    return plan.title or folder.resolve().name


def superseded(search: Search) -> set[int]:
    """The numbers of trials that were taken up again by a later one."""
    found = search.get_trials(deepcopy=False)
    return {number for trial in found for number in trial.system_attrs.get("retry_history", ())}


def counted(search: Search) -> tuple[int, int, int]:
    """How many trials are finished, running and waiting; one that was taken up again counts once."""
    old = superseded(search)
    states = [trial.state.name for trial in search.get_trials(deepcopy=False) if trial.number not in old]
    running, waiting = states.count("RUNNING"), states.count("WAITING")
    return len(states) - running - waiting, running, waiting


def trial_folder(trial: FrozenTrial) -> str:
    """The name of the run of a trial; one that is taken up again goes on in the folder of the first."""
    return f"trial-{trial.system_attrs.get('failed_trial', trial.number):04d}"


def rows_of(search: Search) -> list[Row]:
    """Every trial as a Row: crashed and pruned ones, and those that another worker took up again."""
    old = superseded(search)
    return [_row(trial, trial.number in old) for trial in search.get_trials(deepcopy=False)]


def _row(trial: FrozenTrial, again: bool) -> Row:
    told = trial.user_attrs
    message = "its worker was lost; taken up again" if again else told.get(MESSAGE, "")
    state = _STATES.get(trial.state.name, "unfinished")
    figures: Mapping[str, float] = told.get(FIGURES, {})
    if state == "crashed" and not message:
        message = "its worker was lost"
    arm = f"trial {trial.number}: {named(told.get(CHANGES, {}))}"
    return Row(arm, 0, state, figures, message, f"runs/{trial_folder(trial)}")


def best_changes(search: Search) -> dict[str, str]:
    """The settings of the best finished trial; none where no trial finished."""
    done = [trial for trial in search.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
    return dict(min(done, key=lambda trial: trial.value or 0.0).user_attrs[CHANGES]) if done else {}
