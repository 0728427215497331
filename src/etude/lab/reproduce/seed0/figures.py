"""What held-out melodies cost under an arm's network, its mixtures with copying, and the counted baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.costs import (
    COUNTED,
    MIXED,
    NETWORK,
    REFERENCE,
    WITH_TABLES,
    Costs,
    Rows,
    costs_of,
    in_keys,
    priced,
    weighed,
)

WINDOWS, CONTEXT, FULL = "windows:256", "context:256", "full"
# nats a symbol on validation and test, n-gram with copying, as handed to us with the data
REFERENCES = {WINDOWS: {"valid": 1.310, "test": 1.338}, CONTEXT: {"valid": 1.045, "test": 1.056}}


def costs(bench: Bench, arm: str, protocol: str, split: str) -> Costs:
    """The Cost of everything that stands beside each other on one side of an arm's melodies; kept.

    The n-gram counts the training songs in all keys that the network heard them in.
    """

    def price() -> Rows:
        return priced(bench, arm, weighed(bench, arm, in_keys(bench.material(arm))), protocol, split)

    return costs_of(bench.once(f"{arm}-{protocol.replace(':', '-')}-{split}-beside", price, arms=[arm]))


def table(bench: Bench, wanted: Sequence[tuple[str, str]]) -> Table:
    """All models of each (arm, protocol), validation and test beside each other."""
    rows: list[tuple[Any, ...]] = []
    for arm, protocol in wanted:
        sides = ["valid", "test"] if len(bench.material(arm).collection.pieces("test")) else ["valid"]
        found = {split: costs(bench, arm, protocol, split) for split in sides}
        rows += [_row(arm, protocol, name, found) for name in found["valid"]]
        reference = REFERENCES.get(protocol, {}) if "test" in found else {}
        if reference:
            rows.append((arm, protocol, REFERENCE, reference["valid"], None, reference["test"], None))
    columns = ("arm", "protocol", "model", "valid", "s.e.", "test", "s.e.")
    note = (
        "Nats a symbol, end of a melody included. Copying counts only what is visible of the piece itself. Weights "
        "of mixtures and n-grams are two-fold on validation; on test they are those fitted on all of validation."
    )
    return Table("What held-out melodies cost", columns, rows, note)


def _row(arm: str, protocol: str, name: str, found: dict[str, Costs]) -> tuple[Any, ...]:
    cells: list[Any] = []
    for split in ("valid", "test"):
        cost = found[split][name] if split in found else None
        cells += [cost.nats, cost.error] if cost else [None, None]
    return (arm, protocol, name, *cells)


def against_references(bench: Bench, arm: str, goal: float, aim: float) -> list[str]:
    """A sentence a protocol: how far network and mixture are below the references, chosen by validation."""
    out = []
    for protocol, reference in REFERENCES.items():
        found = {split: costs(bench, arm, protocol, split) for split in ("valid", "test")}
        best = min((NETWORK, MIXED, WITH_TABLES), key=lambda name: found["valid"][name].nats)
        for name in dict.fromkeys((NETWORK, MIXED, best)):
            gaps = [reference[split] - found[split][name].nats for split in ("valid", "test")]
            verdict = "aim reached" if min(gaps) >= aim else "goal reached" if min(gaps) >= goal else "goal missed"
            out.append(
                f"{protocol}, {name}: {found['valid'][name].nats:.3f} on validation and "
                f"{found['test'][name].nats:.3f} on test, {_below(gaps[0])} and {_below(gaps[1])} the references "
                f"({verdict}: {goal} is the goal, {aim} the aim); our own n-gram with copying costs "
                f"{found['valid'][COUNTED].nats:.3f} and {found['test'][COUNTED].nats:.3f}."
            )
    return out


def _below(gap: float) -> str:
    return f"{abs(gap):.3f} {'below' if gap >= 0 else 'above'}"
