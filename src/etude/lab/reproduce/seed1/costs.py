"""What held-out Irish tunes cost: ours and the original, beside counted models and the references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.costs import (
    COUNTED,
    MIXED,
    REFERENCE,
    WITH_TABLES,
    Costs,
    Rows,
    costs_of,
    in_keys,
    priced,
    weighed,
)
from etude.lab.reproduce.costs import NETWORK as ALONE
from etude.lab.reproduce.seed1.arms import FOLK, LEAKY_TUNED, NETWORK, ORIGINAL, TUNED

if TYPE_CHECKING:
    from etude.encodings import Steps

WINDOWS, CONTEXT, FULL = "windows:100", "context:256", "full"
# nats a character on validation and test, n-gram with copying, as handed to us with the data
REFERENCES = {WINDOWS: (1.204, 1.296), CONTEXT: (1.091, 1.164)}
GOALS = {NETWORK: 0.95, TUNED: 0.88}  # nats a character on test, whole tunes
PRICED = {
    ORIGINAL: (WINDOWS, CONTEXT, FULL),
    NETWORK: (WINDOWS, CONTEXT, FULL),
    TUNED: (WINDOWS, FULL),
    LEAKY_TUNED: (FULL,),
}
OURS = (ALONE, MIXED, WITH_TABLES)
SIDES = ("valid", "test")


def both(bench: Bench, arm: str, protocol: str) -> tuple[Costs, Costs]:
    """The costs of everything that stands beside each other, on validation and on test; kept.

    The n-gram counts the arm's tunes in the keys it learned them in, and those its start learned as they stand.
    """

    def price() -> dict[str, dict[str, Rows]]:
        models = weighed(bench, arm, _counted(bench, arm))
        return {one: {side: priced(bench, arm, models, one, side) for side in SIDES} for one in PRICED[arm]}

    kept = bench.once(f"{arm}-costs", price, arms=[arm])[protocol]
    valid, test = (costs_of(kept[side]) for side in SIDES)
    return valid, test


def _counted(bench: Bench, arm: str) -> list[Steps]:
    pieces = in_keys(bench.material(arm))
    start = bench.arms[arm].start
    return pieces + (bench.material(start).train.pieces() if start else [])


def wanted(bench: Bench) -> list[tuple[str, str]]:
    """(arm, protocol) of everything that is priced and trained."""
    return [(arm, protocol) for arm, protocols in PRICED.items() if bench.trained(arm) for protocol in protocols]


def table(bench: Bench) -> Table:
    """Every model of every arm under its protocols; the references in their own rows."""
    rows: list[tuple[Any, ...]] = []
    for arm, protocol in wanted(bench):
        valid, test = both(bench, arm, protocol)
        for name, cost in valid.items():
            rows.append((arm, protocol, name, cost.nats, cost.error, test[name].nats, test[name].error))
    for protocol, (on_valid, on_test) in REFERENCES.items():
        rows.append(("-", protocol, REFERENCE, on_valid, None, on_test, None))
    note = (
        "Nats a character, the end of a tune included. Weights of mixtures and n-grams are two-fold on validation "
        "and those of all of validation on test. The n-gram counts the training tunes in the keys the arm learned "
        f"them in, and of '{TUNED}' the folk tunes as they stand."
    )
    columns = ("arm", "protocol", "model", "valid", "s.e.", "test", "s.e.")
    return Table("What held-out tunes cost", columns, rows, note)


def best(bench: Bench, arm: str) -> tuple[str, float, float]:
    """(name, validation, test) of the arm's cheapest model on whole tunes, chosen by validation."""
    valid, test = both(bench, arm, FULL)
    name = min(OURS, key=lambda one: valid[one].nats)
    return name, valid[name].nats, test[name].nats


def sentences(bench: Bench) -> Iterator[str]:
    """Goals, the original beside counting, and what the dropped tunes are worth."""
    yield from (_goal(bench, arm) for arm in GOALS if bench.trained(arm))
    valid, test = both(bench, ORIGINAL, WINDOWS)
    gaps = [side[COUNTED].nats - side[ALONE].nats for side in (valid, test)]
    yield (
        f"In windows of 100 the original costs {valid[ALONE].nats:.3f} on validation and {test[ALONE].nats:.3f} on "
        f"test; an n-gram with copying {valid[COUNTED].nats:.3f} and {test[COUNTED].nats:.3f}: the original gains "
        f"{gaps[0]:.3f} and {gaps[1]:.3f} on it."
    )
    if bench.trained(TUNED):
        yield from _dropped(bench)


def _goal(bench: Bench, arm: str) -> str:
    name, valid, test = best(bench, arm)
    verdict = "reached" if test <= GOALS[arm] else "missed"
    alone = both(bench, arm, FULL)[1][ALONE].nats
    return (
        f"'{arm}', whole tunes: {valid:.3f} on validation, {test:.3f} on test ({name}, chosen by validation; the "
        f"network alone {alone:.3f} on test). The goal of {GOALS[arm]} on test is {verdict}."
    )


def _dropped(bench: Bench) -> Iterator[str]:
    """How many tunes were kept from the pretraining, and the figure on tunes that they touched and did not."""
    record = bench.run(FOLK).read_json("split.json")
    guarded = record["guarded"]
    yield (
        f"{guarded['left_out']} tunes of the books were dropped because they repeat a held-out Irish tune or share "
        f"{guarded['passages']} notes in a row with one, {guarded['left_out_of_training']} of them from training; "
        f"{guarded['touched']['valid']} of the validation tunes and {guarded['touched']['test']} of the test tunes "
        "have such a double there."
    )
    touched, free = by_double(bench, TUNED)
    yield (
        f"'{TUNED}', network alone, on the test tunes that have a double in the books (all dropped): "
        f"{touched:.3f}; on the others: {free:.3f}."
    )
    if bench.trained(LEAKY_TUNED):
        clean, leaky = (best(bench, arm)[2] for arm in (TUNED, LEAKY_TUNED))
        gained, other = by_double(bench, LEAKY_TUNED)
        yield (
            f"With every tune left in, the test figure is {leaky:.3f} instead of {clean:.3f}, a difference of "
            f"{clean - leaky:+.3f}; its network alone pays {gained:.3f} on tunes with a double and {other:.3f} on "
            "the others."
        )


def by_double(bench: Bench, arm: str) -> tuple[float, float]:
    """Nats a character of the arm's network on test tunes with and without a double in the folk books."""
    double = bench.material(FOLK).repeated.touched
    found = bench.likelihood(arm, FULL, "test")
    has = np.array([name in double for name in bench.material(arm).packed("test").ids], bool)
    return _mean(found.totals[has], found.counts[has]), _mean(found.totals[~has], found.counts[~has])


def _mean(totals: Any, counts: Any) -> float:
    return float(totals.sum() / counts.sum()) if counts.sum() else float("nan")


def figures(bench: Bench) -> dict[str, Any]:
    """What `--json` holds: arm, protocol and side -> model -> nats."""
    return {
        f"{arm} {protocol} {side}": {name: cost.nats for name, cost in found.items()}
        for arm, protocol in wanted(bench)
        for side, found in zip(SIDES, both(bench, arm, protocol))
    }
