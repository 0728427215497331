"""Training as a person starts it: a run folder is made, a trainer process does the work, its events are watched.

The trainer is a process of its own because allocator settings must stand before it starts, and because a person's
terminal or page should survive what happens to it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from etude.errors import EtudeError, MissingPart, UsageError, interruption
from etude.lab.events import Watcher, nobody, parse
from etude.lab.loading import RUNS
from etude.lab.recipe import Recipe, counted_kind, load_recipe
from etude.lab.rollback import roll_back
from etude.lab.run import Run, remove_unless_begun
from etude.lab.starting import Start, start_of
from etude.lab.weights import recipe_of

TRAINER = "etude.lab.trainer"


@dataclass(frozen=True)
class Order:
    """What is to be trained. Either `resume` names a run, or the rest says what a new one is made of."""

    recipe: str | None = None  # None: chosen by looking at the collection
    data: str | None = None  # None: the recipe's own collection
    out: Path | None = None
    minutes: float | None = None
    settings: tuple[str, ...] = ()  # KEY=VALUE
    start: Path | None = None  # a run or a bundled model whose weights are taken as a start
    resume: Path | None = None
    rollback: int | None = None  # the step of a checkpoint of `resume` to go on from, instead of the newest


@dataclass(frozen=True)
class Trained:
    """A finished or interrupted training: its run, and the figures `etude train --json` prints."""

    run: Run
    figures: Mapping[str, Any]
    stopped_by: int = 0  # the number of the signal that stopped it

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended it early."""
        return self.stopped_by != 0

    def answer(self) -> dict[str, Any]:
        """The keys of `etude train --json`."""
        return {"run": str(self.run.folder), **self.figures, "interrupted": self.interrupted}


def train(watch: Watcher = nobody, **order: Any) -> Trained:
    """A trained model in a run folder. The keywords are those of `Order`; `watch` is called with every event."""
    wish = Order(**{name: _path(name, value) for name, value in order.items()})
    if wish.resume:
        run = Run.open(wish.resume) if wish.rollback is None else roll_back(wish.resume, wish.rollback)
        return supervise(run, watch)
    run = prepare(wish, watch)
    try:
        return supervise(run, watch)
    except EtudeError as error:
        if error.exit_code != EtudeError.exit_code:  # the order was at fault: it can be given again
            remove_unless_begun(run)
        raise


def _path(name: str, value: Any) -> Any:
    if name in ("out", "start", "resume") and value is not None:
        return Path(value)
    return str(value) if name == "data" and value is not None else value


def prepare(order: Order, watch: Watcher = nobody) -> Run:
    """The run folder of a new training, its recipe complete. Raises UsageError before anything is written."""
    recipe = _recipe(order, watch)
    recipe.tracking.check_installed()
    out = order.out or RUNS / f"{recipe.name}-{datetime.now():%Y%m%d-%H%M%S}"
    values = recipe.mapping()
    if order.start is not None:
        if recipe.is_counted:
            raise UsageError(f"--from {order.start}: a counted model starts from no weights. Leave --from out.")
        values["start"] = start_of(order.start).origin
    return Run.create(out, values)


def _recipe(order: Order, watch: Watcher) -> Recipe:
    extra: dict[str, dict[str, Any]] = {}
    if order.minutes is not None:
        extra["training"] = {"minutes": order.minutes}
    if order.data is not None:
        place = Path(order.data)
        extra["data"] = {"collection": str(place.resolve()) if place.exists() else order.data}
    if order.start is not None and order.recipe is None:
        start = start_of(order.start)
        if start.model is not None and order.data is None:
            raise UsageError(f"--from {order.start}: say which music it is tuned on, with --data COLLECTION.")
        return _like(start, order, extra)
    if order.recipe is not None or order.data is None:
        return load_recipe(order.recipe or "folk", order.settings, extra)
    from etude.data import Collection
    from etude.lab.choosing import choose

    watch({"event": "stage", "text": f"reading {order.data}"})
    choice = choose(Collection.open(extra["data"]["collection"]).summary())
    watch({"event": "choice", "recipe": choice.recipe, "reason": choice.reason})
    fitting = [] if counted_kind(order.settings) else choice.settings  # they are of a network
    return load_recipe(choice.recipe, [*fitting, *order.settings], extra)


def _like(start: Start, order: Order, extra: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """The recipe of the model whose weights are the start: the new one must have the same shape."""
    from etude.config import override
    from etude.lab.recipe import recipe_from

    values = start.settings()
    for table, settings in extra.items():
        values[table] = {**values.get(table, {}), **settings}
    return recipe_from(override(values, order.settings))


def _ignore(child: subprocess.Popen[str]) -> None:
    """Nobody else needs to know of the process."""


def supervise(
    run: Run, watch: Watcher = nobody, started: Callable[[subprocess.Popen[str]], None] = _ignore
) -> Trained:
    """Starts the trainer of `run` and stays until it ends. Ctrl-C and SIGTERM are handed on; it saves and stops.

    `started` is handed the process: outside the main thread signals are the caller's business.
    """
    if not recipe_of(run).is_counted:
        _need_torch()
    with tempfile.TemporaryFile("w+") as complaint, _trainer(run, complaint) as child:
        started(child)
        heard, restore = _hand_on(child)
        try:
            assert child.stdout is not None
            last = _follow(child.stdout, watch)
            code = child.wait()
        finally:
            restore()
            if child.poll() is None:
                child.terminate()
        if last.get("event") != "end":
            if heard:
                watch({"event": "stage", "text": f"Stopped. Go on with: etude train --resume {run.folder}"})
                raise interruption(heard[0])
            complaint.seek(0)
            raise _failure(last, code, complaint.read())
    figures = {key: value for key, value in last.items() if key not in ("event", "interrupted")}
    stopped_by = (heard or [signal.SIGTERM])[0] if last.get("interrupted") else 0
    return Trained(run, figures, stopped_by)


def _trainer(run: Run, complaint: IO[str]) -> subprocess.Popen[str]:
    """The trainer process, its events on stdout; what libraries say goes to a file, which no pipe can block."""
    from etude.training.environment import tuned_environment

    return subprocess.Popen(
        [sys.executable, "-u", "-m", TRAINER, str(run.folder)],
        stdout=subprocess.PIPE,
        stderr=complaint,
        text=True,
        env={**os.environ, **tuned_environment()},
        start_new_session=True,  # so that Ctrl-C reaches it through us, once
    )


def _need_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise MissingPart("Training", "train")


def _follow(lines: Iterable[str], watch: Watcher) -> Mapping[str, Any]:
    """Hands every event to `watch`; returns the last that ends the training."""
    last: Mapping[str, Any] = {}
    for line in lines:
        event = parse(line)
        if event is None:
            continue
        if event["event"] in ("end", "error"):
            last = event
        watch(event)
    return last


def _hand_on(child: subprocess.Popen[str]) -> tuple[list[int], Callable[[], Any]]:
    """Passes Ctrl-C and SIGTERM on: the list that fills with them, and what puts the old handlers back."""
    import threading

    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        return heard, lambda: None

    def stop(number: int, _: object) -> None:
        heard.append(number)
        child.send_signal(signal.SIGTERM)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    return heard, lambda: [signal.signal(number, handler) for number, handler in before.items()]


def _failure(last: Mapping[str, Any], code: int, complaint: str) -> EtudeError:
    if last.get("event") == "error":
        error = EtudeError(str(last["message"]))
        error.exit_code = int(last.get("exit_code", 1))
        return error
    words = complaint.strip().splitlines()
    why = words[-1] if words else f"it ended with code {code}"
    if code == -signal.SIGKILL:
        why = "it was killed, perhaps for lack of memory: try a smaller training.rows or model.width"
    return EtudeError(f"The trainer stopped without finishing: {why}. What was saved is kept; see --resume.")
