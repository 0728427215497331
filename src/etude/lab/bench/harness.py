"""Two ways of doing the same thing, timed in turn, so that a noisy machine cannot favour one of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class BenchResult:
    """One row of `etude bench`: our speed and the reference's in `unit`, and the median of the paired ratios."""

    name: str
    ours: float
    reference: float | None  # None: the peer is not installed
    ratio: float | None
    unit: str
    settings: str  # everything needed to repeat it
    notes: tuple[str, ...] = field(default=())


def interleave(
    name: str,
    ours: Callable[[], float],
    reference: Callable[[], float] | None,
    *,
    unit: str,
    settings: str,
    rounds: int = 5,
) -> BenchResult:
    """Calls both in turn, `rounds` times after one warm-up each; each call returns how many units of work it did.

    Speeds are medians over the rounds; the ratio is the median of the ratios within a round.
    """
    speeds: list[tuple[float, float | None]] = []
    for round_number in range(rounds + 1):
        pair = (_speed(ours), _speed(reference) if reference else None)
        if round_number:  # the first is warm-up
            speeds.append(pair)
    ours_speed = statistics.median(mine for mine, _ in speeds)
    theirs = [(mine, other) for mine, other in speeds if other is not None]
    return BenchResult(
        name=name,
        ours=ours_speed,
        reference=statistics.median(other for _, other in theirs) if theirs else None,
        ratio=statistics.median(mine / other for mine, other in theirs) if theirs else None,
        unit=unit,
        settings=settings,
    )


def _speed(work: Callable[[], float]) -> float:
    """Units of work per second of wall time in one call."""
    start = time.perf_counter()
    amount = work()
    return amount / (time.perf_counter() - start)
