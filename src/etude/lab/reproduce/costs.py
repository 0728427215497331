"""What held-out music costs an arm's network, its mixtures with copying, and counted models, beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from etude.lab.material import Material
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench

if TYPE_CHECKING:
    from etude.encodings import Steps

NETWORK, MIXED, WITH_TABLES, COUNTED = (
    "network",
    "network + copying",
    "network + n-gram + copying",
    "n-gram + copying",
)
REFERENCE = "n-gram + copying, reference"
TITLES = {"model": NETWORK, "model+copy": MIXED, "model+ngram+copy": WITH_TABLES, "ngram+copy": COUNTED}


@dataclass(frozen=True)
class Cost:
    """Nats a step of one model on one side, with the standard error over pieces (or windows)."""

    nats: float
    error: float
    steps: int


Costs = dict[str, Cost]  # by name: NETWORK, MIXED, WITH_TABLES, "ngram", COUNTED, "uniform"
Rows = dict[str, list[float]]  # the same as plain lists, as they are kept


def costs_of(rows: Mapping[str, Sequence[float]]) -> Costs:
    """The Costs of kept rows."""
    return {name: Cost(nats, error, int(steps)) for name, (nats, error, steps) in rows.items()}


def weighed(bench: Bench, arm: str, counted: Sequence[Steps]) -> dict[str, Any]:
    """Name -> model whose weights are fitted on validation: the network's mixtures, and what counts `counted`."""
    from etude.evaluation import Baselines
    from etude.lab.copying import mixtures

    material = bench.material(arm)
    fitted = Baselines.fit(counted, material.sizes)
    return {**mixtures(bench.exact(arm).stepper, material, fitted), **fitted.models}


def priced(bench: Bench, arm: str, models: Mapping[str, Any], protocol: str, side: str) -> Rows:
    """What `models` (of `weighed`) and the network alone cost on one side of an arm's pieces.

    Weights are two-fold on validation; on any other side they are those fitted on all of validation.
    """
    from etude.evaluation import HeldOut, tuned, two_fold

    material = bench.material(arm)
    valid, judged = material.packed("valid"), material.packed(side)
    held = HeldOut.of(judged.pieces(), judged.note_counts, material.field_names)
    plain = {"model": models["model+copy"].network}
    if side != "valid":
        plain |= tuned(models, valid.pieces(), protocol)
    found = {name: held.price(scorer, protocol) for name, scorer in plain.items()}
    if side == "valid":
        found |= two_fold(models, held, protocol)
    return {TITLES.get(key, key): [one.nats_per_step, one.standard_error, one.steps] for key, one in found.items()}


def in_keys(material: Material) -> list[Steps]:
    """The training pieces in every key that the training moves them to."""
    low, high = material.data.transpose
    moved = [
        material.encoding.transpose(piece, shift)
        for shift in range(low, high + 1)
        for piece in material.train.pieces()
    ]
    return [piece for piece in moved if piece is not None]


def effort(bench: Bench, arms: Iterable[str], note: str = "") -> Table:
    """What the trainings of `arms` that are done took, and the loss they ended at."""
    rows = []
    for name in filter(bench.trained, arms):
        arm, end = bench.arms[name], bench.ending(name)
        told = [end.get(key) for key in ("parameters", "steps", "seconds", "train_nats_per_step")]
        rows.append((name, arm.what, *told, end.get("valid_nats_per_step"), arm.threads, arm.seed))
    columns = ("training", "what", "parameters", "updates", "seconds", "training", "validation", "threads", "seed")
    return Table("The trainings", columns, rows, note)
