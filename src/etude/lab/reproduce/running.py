"""Trains the arms of a reproduction, several at a time where there are processors for it; finished ones stay."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from etude.errors import EtudeError, UsageError
from etude.lab.launch import Order, prepare, supervise
from etude.lab.reproduce.base import Arm
from etude.lab.reproduce.bench import Bench, is_done
from etude.lab.run import Run

Failed = Callable[[Arm, EtudeError], None]
ASKED = "arm.json"  # in the run folder: what the arm was when its training began


class Processors:
    """So many threads may compute at a time; arms wait in a line until their own are free."""

    def __init__(self, count: int) -> None:
        self.count, self.free = count, count
        self.changed = threading.Condition()
        self.line: list[object] = []  # of those that wait, the first to come in front

    def take(self, wanted: int) -> int:
        """Waits for `wanted` threads (or all there are) and takes them; returns how many."""
        wanted = min(wanted, self.count)
        with self.changed:
            place = object()
            self.line.append(place)
            self.changed.wait_for(lambda: self.line[0] is place and self.free >= wanted)
            self.line.pop(0)
            self.free -= wanted
            self.changed.notify_all()
        return wanted

    def give_back(self, taken: int) -> None:
        """Makes `taken` threads free again."""
        with self.changed:
            self.free += taken
            self.changed.notify_all()


class Trainers:
    """The trainer processes that are running, so that all can be told to stop."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[str]] = []
        self.stopped = False

    def started(self, child: subprocess.Popen[str]) -> None:
        """Takes note of a new one."""
        self.running.append(child)
        if self.stopped:
            child.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Tells every one to save and stop, those to come as well."""
        self.stopped = True
        for child in self.running:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)


def train_arms(bench: Bench, wanted: Sequence[Arm], jobs: int, failed: Failed | None = None) -> None:
    """Trains every arm of `wanted` that is not trained yet, and those they start from, on `jobs` threads in all.

    A training that fails ends all of them, unless `failed` is there to be told of it.
    """
    arms = _with_starts(bench.arms, wanted)
    processors, trainers = Processors(jobs), Trainers()
    futures: dict[str, Future[None]] = {}
    done = _Count(bench, len(arms), failed)
    with ThreadPoolExecutor(max_workers=max(1, len(arms))) as pool:
        try:
            for arm in arms:
                before = futures.get(arm.start)
                futures[arm.name] = pool.submit(_train, bench, arm, before, processors, trainers, done)
            for future in futures.values():
                future.result()
        except BaseException:
            trainers.stop()
            raise


def _with_starts(arms: Mapping[str, Arm], wanted: Sequence[Arm]) -> list[Arm]:
    """`wanted` and every arm one of them starts from, each after its start."""
    out: dict[str, Arm] = {}
    for arm in wanted:
        line = [arm]
        while line[0].start:
            line.insert(0, arms[line[0].start])
        out.update({one.name: one for one in line})
    return list(out.values())


class _Count:
    """Counts finished arms aloud, and bears those that fail."""

    def __init__(self, bench: Bench, total: int, failed: Failed | None) -> None:
        self.bench, self.total, self.finished, self.failed = bench, total, 0, failed
        self.lock = threading.Lock()

    def one(self, arm: Arm) -> None:
        with self.lock:
            self.finished += 1
            self.bench.say(f"{arm.name}: trained ({self.finished} of {self.total})")


def _train(
    bench: Bench, arm: Arm, before: Future[None] | None, processors: Processors, trainers: Trainers, done: _Count
) -> None:
    if before is not None:
        before.result()
    run = Run(bench.folder / "runs" / arm.name)
    if Run.is_run(run.folder):
        _check_the_same(run, arm, bench.factor)
    if not is_done(run):
        taken = processors.take(arm.threads)
        try:
            if trainers.stopped:
                return
            if not Run.is_run(run.folder):
                run = prepare(order_of(bench, arm, taken))
                run.write_json(ASKED, _asked(arm, bench.factor))
            trained = supervise(run, _watcher(bench, arm), trainers.started)
            if trained.interrupted:
                trainers.stop()
                return
        except EtudeError as error:
            if trainers.stopped:
                return
            if done.failed is None or not Run.is_run(run.folder):
                raise
            done.failed(arm, error)
            return
        finally:
            processors.give_back(taken)
    done.one(arm)


def order_of(bench: Bench, arm: Arm, threads: int) -> Order:
    """The training that an arm asks for, at the bench's share of the full budget; longer on fewer threads."""
    minutes = arm.minutes * bench.factor * arm.threads / threads
    settings = [text.format_map(_Paths(bench.data)) for text in arm.settings]
    settings += [f"training.seed={arm.seed}", f"training.threads={threads}"]
    if arm.steps is not None:
        settings.append(f"training.steps={max(1, round(arm.steps * bench.factor))}")
    data = None if arm.data is None else str(bench.data[arm.data or next(iter(bench.data))])
    return Order(
        recipe=arm.recipe,
        data=data,
        out=bench.folder / "runs" / arm.name,
        minutes=None if arm.steps is not None else minutes or None,
        settings=tuple(settings),
        start=bench.folder / "runs" / arm.start if arm.start else None,
    )


class _Paths(dict[str, Any]):
    """Names of data to their paths; any other brace stays as it is."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _asked(arm: Arm, factor: float) -> dict[str, Any]:
    asked = asdict(arm)
    return {key: asked[key] for key in ("steps", "settings", "data", "seed", "start")} | {
        "recipe": Path(arm.recipe).name,  # of a file: its folder may move
        "budget": arm.minutes * factor if arm.steps is None else arm.steps * factor,
    }


def _check_the_same(run: Run, arm: Arm, factor: float) -> None:
    """Raises UsageError when the run in the arm's folder was asked for in another way."""
    wanted = json.loads(json.dumps(_asked(arm, factor)))
    if (run.folder / ASKED).is_file() and run.read_json(ASKED) != wanted:
        raise UsageError(
            f"{run.folder} was trained with other settings or another budget. Choose another --out, or remove it."
        )


def _watcher(bench: Bench, arm: Arm) -> Any:
    """Hands on an arm's events under its name; progress ticks are too many when several arms learn."""

    def watch(event: Mapping[str, Any]) -> None:
        if event["event"] == "stage":
            bench.say(f"{arm.name}: {event['text']}")
        elif event["event"] == "evaluation":
            bench.watch({**event, "arm": arm.name})

    return watch
