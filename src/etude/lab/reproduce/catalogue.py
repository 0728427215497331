"""The reproductions by name, and the one function that makes one."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.lab.events import Watcher, nobody
from etude.lab.reproduce.base import Report, Reproduction
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.running import train_arms
from etude.lab.reproduce.writing import answer, write_report

# name -> (module here that holds REPRODUCTION, what it reproduces)
REPRODUCTIONS: dict[str, tuple[str, str]] = {
    "seed0-letters": ("seed0", "A character GPT on melodies of 13 letters."),
    "seed1-folk": ("seed1", "A character LSTM on Irish tunes in ABC."),
    "seed2-piano": ("seed2", "An LSTM with three heads on MAESTRO piano, and its optimisation plan."),
    "seed3-composer-critic": ("seed3", "A composer of piano events, and a critic that judges it."),
    "seed4-muse": ("seed4", "A notebook on five piano files, and its six suggested improvements."),
}


@dataclass(frozen=True)
class Wish:
    """How a reproduction is wanted.

    `data` is a folder with the benchmark archives or the official files. `minutes` is what all trainings together
    may take on one processor (the full budget without it). With `only`, those arms are trained and nothing more.
    """

    data: Path | None = None  # None: $ETUDE_DATA, or the working folder
    out: Path | None = None  # None: reproduced/NAME
    minutes: float | None = None
    only: Sequence[str] = ()
    jobs: int | None = None  # processors to use at a time; None: all


@dataclass(frozen=True)
class Reproduced:
    """A reproduction that came to its end; `files` are those of the report, the page first."""

    reproduction: Reproduction
    report: Report
    files: Sequence[Path]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude reproduce --json`."""
        return answer(self.reproduction, self.report)


def reproduction_called(name: str) -> Reproduction:
    """The reproduction of that name. Raises UsageError listing those there are."""
    if name not in REPRODUCTIONS:
        raise UsageError(f"There is no reproduction '{name}'. There are: {', '.join(REPRODUCTIONS)}.")
    found: Reproduction = import_module(f"etude.lab.reproduce.{REPRODUCTIONS[name][0]}").REPRODUCTION
    return found


def reproduce(name: str, watch: Watcher = nobody, **wish: Any) -> Reproduced | None:
    """Trains what is not trained yet and writes the report; None with `only`. The keywords are those of `Wish`.

    Given again with the same `out`, it goes on where it was.
    """
    wanted = Wish(**wish)
    reproduction = reproduction_called(name)
    bench = _bench(reproduction, wanted, watch)
    unknown = [arm for arm in wanted.only if arm not in bench.arms]
    if unknown:
        raise UsageError(f"{name} has no arm '{unknown[0]}'. Its arms: {', '.join(bench.arms)}.")
    arms = [bench.arms[arm] for arm in wanted.only] or list(bench.arms.values())
    train_arms(bench, arms, wanted.jobs or os.cpu_count() or 1)
    if wanted.only:
        return None
    report = reproduction.report(bench)
    words = ["etude", "reproduce", name]
    words += [] if wanted.minutes is None else ["--minutes", f"{wanted.minutes:g}"]
    return Reproduced(reproduction, report, write_report(bench.folder, reproduction, report, shlex.join(words)))


def _bench(reproduction: Reproduction, wish: Wish, watch: Watcher) -> Bench:
    arms = {arm.name: arm for arm in reproduction.arms()}
    full = sum(arm.minutes * arm.threads for arm in arms.values())
    folder = wish.out or Path("reproduced") / reproduction.name
    factor = 1.0 if wish.minutes is None else wish.minutes / full
    bench = Bench(folder, _located(reproduction, wish.data), arms, factor, watch)
    bench.say(f"{reproduction.name}: {len(arms)} trainings, {full * factor:.0f} minutes of one processor in all")
    return bench


def _located(reproduction: Reproduction, data: Path | None) -> dict[str, Path]:
    from etude.data.official import locate

    folder = data or Path(os.environ.get("ETUDE_DATA", "."))
    return {name: locate(name, folder) for name in reproduction.data}
