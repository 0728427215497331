"""What the composers cost on held-out pieces, beside tables of single events and of pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation import Likelihood
from etude.lab.reproduce.base import Arm, Table
from etude.lab.reproduce.bench import Bench
from etude.stepper import Scorer

SIDES = ("valid", "test")
TABLES = ("single events", "pairs of events")  # of one and of two
GOAL = 2.3  # nats an event
PRIOR = 10.0  # events that the shorter context weighs
Steps = NDArray[np.int32]


@dataclass(frozen=True)
class Chain:
    """A scorer that counts what follows one event or none, mixed with the shorter context."""

    field_sizes: tuple[int, ...]
    single: NDArray[np.float64]  # [V]
    following: NDArray[np.float64] | None  # [V, V]; None: no context

    @classmethod
    def fit(cls, pieces: Sequence[Steps], size: int, order: int) -> Chain:
        """Counted on `pieces` (int[T, 1]): order 1 looks at nothing, 2 at the event before."""
        single, pairs = np.full(size, 0.5), np.zeros((size, size))
        for piece in pieces:
            events = piece[:, 0].astype(np.int64)
            single += np.bincount(events[1:], minlength=size)
            if order > 1:
                np.add.at(pairs, (events[:-1], events[1:]), 1)
        single /= single.sum()
        pairs += PRIOR * single
        return cls((size,), single, pairs / pairs.sum(axis=1, keepdims=True) if order > 1 else None)

    def nats(self, steps: Steps) -> NDArray[np.float64]:
        """Float64[T - 1, 1]: -ln p of every event after the first."""
        before, after = steps[:-1, 0], steps[1:, 0]
        chances = self.single[after] if self.following is None else self.following[before, after]
        return np.asarray(-np.log(chances))[:, None]


def likelihoods(bench: Bench, arms: Sequence[Arm], pieces: int) -> dict[str, dict[str, Likelihood]]:
    """Name -> side -> Likelihood: the baselines first, then every trained arm, on the same pieces."""
    makers: dict[str, Callable[[], Scorer]] = {
        name: partial(_chain, bench, order) for order, name in enumerate(TABLES, start=1)
    }
    out = {
        name: {
            side: bench.priced("composer", make, "full", side, name.replace(" ", "-"), pieces=pieces)
            for side in SIDES
        }
        for name, make in makers.items()
    }
    for arm in arms:
        if bench.trained(arm.name):
            out[arm.name] = {side: bench.likelihood(arm.name, "full", side, pieces=pieces) for side in SIDES}
    return out


def _chain(bench: Bench, order: int) -> Chain:
    material = bench.material("composer")
    return Chain.fit(material.packed("train").pieces(), material.sizes[0], order)


def table(bench: Bench, found: dict[str, dict[str, Likelihood]]) -> Table:
    """Nats an event and a note, validation and test, beside parameters and time."""
    rows = []
    for name, sides in found.items():
        end: dict[str, Any] = bench.ending(name) if name in bench.arms else {}
        nats = [sides[side].nats_per_step for side in SIDES]
        a_note = [sides[side].bits_per_note * math.log(2) for side in SIDES]
        what = bench.arms[name].what if name in bench.arms else "counted on all training pieces"
        rows.append(
            (name, what, *nats, sides["test"].standard_error, *a_note, end.get("parameters"), end.get("seconds"))
        )
    columns = ("composer", "what", "valid", "test", "s.e.", "valid / note", "test / note", "parameters", "seconds")
    one = next(iter(found.values()))
    note = (
        f"Nats an event (384 values, begin step unpriced) and a note, on {one['valid'].pieces} and "
        f"{one['test'].pieces} whole pieces of the official split, every event seen with all the model can see."
    )
    return Table("Composers on held-out pieces", columns, rows, note)


def baselines(found: dict[str, dict[str, Likelihood]]) -> dict[str, float]:
    """What tables cost on test, nats an event."""
    return {f"{name}, test nats an event": found[name]["test"].nats_per_step for name in TABLES}


def sentences(found: dict[str, dict[str, Likelihood]]) -> list[str]:
    """Whether the goal is reached, and by how much pairs of events are beaten."""
    test = {name: sides["test"].nats_per_step for name, sides in found.items()}
    if "composer" not in test:
        return []
    gain = test["pairs of events"] - test["composer"]
    return [
        f"The composer costs {test['composer']:.3f} nats an event on test (goal {GOAL}: "
        f"{'reached' if test['composer'] <= GOAL else 'not reached'}), {abs(gain):.3f} "
        f"{'below' if gain > 0 else 'above'} a table of pairs."
    ]
