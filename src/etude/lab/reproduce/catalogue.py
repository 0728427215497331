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


def reproduce(
    name: str,
    *,
    data: Path | None = None,
    out: Path | None = None,
    minutes: float | None = None,
    only: Sequence[str] = (),
    jobs: int | None = None,
    watch: Watcher = nobody,
) -> Reproduced | None:
    """Trains what is not trained yet and writes the report; None with `only`, which trains those arms and stops.

    `data` is a folder with the benchmark archives or the official files. `minutes` is what all trainings together
    may take on one processor each (the full budget without it). Given again with the same `out`, it goes on.
    """
    reproduction = reproduction_called(name)
    arms = {arm.name: arm for arm in reproduction.arms()}
    full = sum(arm.minutes * arm.threads for arm in arms.values())
    bench = Bench(
        folder=out or Path("reproduced") / name,
        data=_located(reproduction, data),
        arms=arms,
        factor=1.0 if minutes is None else minutes / full,
        watch=watch,
    )
    unknown = [arm for arm in only if arm not in arms]
    if unknown:
        raise UsageError(f"{name} has no arm '{unknown[0]}'. Its arms: {', '.join(arms)}.")
    processors = jobs or os.cpu_count() or 1
    bench.say(f"{name}: {len(arms)} trainings, {full * bench.factor:.0f} minutes of one processor in all")
    train_arms(bench, [arms[arm] for arm in only] or list(arms.values()), processors)
    if only:
        return None
    report = reproduction.report(bench)
    words = ["etude", "reproduce", name, *([] if minutes is None else ["--minutes", f"{minutes:g}"])]
    return Reproduced(reproduction, report, write_report(bench.folder, reproduction, report, shlex.join(words)))


def _located(reproduction: Reproduction, data: Path | None) -> dict[str, Path]:
    from etude.data.official import locate

    folder = data or Path(os.environ.get("ETUDE_DATA", "."))
    return {name: locate(name, folder) for name in reproduction.data}
