"""The edge of the window: what a symbol costs by its place in a window of 256.

A network with learned positions is never asked to predict beyond its block in training, and generation that crops
to the block always predicts at the last places: what these cost is what a listener hears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench

WINDOW = 256
PLACES = ((1, 4), (5, 16), (17, 64), (65, 128), (129, 192), (193, 248), (249, 252), (253, 256))


def by_place(bench: Bench, arm: str) -> list[float]:
    """Nats a validation symbol at each of PLACES (counted from 1) of the windows of `windows:256`; kept."""

    def measure() -> list[float]:
        from etude.evaluation import Protocol, price_all

        protocol = Protocol.parse(f"windows:{WINDOW}")
        windows = protocol.cut(bench.material(arm).packed("valid").pieces())
        nats = price_all(bench.exact(arm).stepper, windows, protocol)
        counted = [protocol.counted(window) for window in windows]
        return [_mean(nats, counted, first, last) for first, last in PLACES]

    found: list[float] = bench.once(f"{arm}-edge", measure, arms=[arm])
    return found


def _mean(nats: Sequence[Any], counted: Sequence[Any], first: int, last: int) -> float:
    places = slice(first - 1, last)
    found = np.concatenate([one[places, 0][kept[places]] for one, kept in zip(nats, counted)])
    return float(found.mean()) if len(found) else float("nan")


def table(bench: Bench, arms: Sequence[str], always: dict[str, float]) -> Table:
    """Nats by place, and under `context:256` (`always`: arm -> nats), where most stand at the last place."""
    rows = [(arm, *by_place(bench, arm), always[arm]) for arm in arms]
    columns = ("network", *(f"{first}-{last}" for first, last in PLACES), "context:256")
    note = (
        "Nats a validation symbol by its place in 400 random windows of 256. The last column prices every symbol "
        "with the 256 before it, so that from the 256th on all stand at the last place, as in generation."
    )
    return Table("The window's edge", columns, rows, note)


def sentence(bench: Bench, arm: str) -> str:
    """Whether the last four places cost more than those shortly before, from the figures."""
    found = by_place(bench, arm)
    gap = found[-1] - found[-3]
    return (
        f"'{arm}' pays {found[-1]:.3f} nats at the last four places of its window and {found[-3]:.3f} at places "
        f"{PLACES[-3][0]} to {PLACES[-3][1]}: {abs(gap):.3f} {'more' if gap > 0 else 'less'}."
    )
