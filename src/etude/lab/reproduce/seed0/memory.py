"""Is it short-term memory, and is it for want of layers and width? Short trainings that differ in one of them.

A symbol is *recalled* when the twelve symbols before it stood in the piece before, as letters: what follows could
be looked up. The price of those symbols is what memory is worth; the price of the others is style.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.intervals import Interval, over_seeds, paired_over_seeds
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed0.arms import BASE, Change, of_seed

if TYPE_CHECKING:
    from etude.encodings import Steps

LOOK = 12  # symbols that must have stood before
FIGURES = ("all", "recalled", "new")


def recalled(steps: Steps, look: int = LOOK) -> NDArray[np.bool_]:
    """Bool[T - 1]: whether the `look` symbols before each of steps[1:] stood in the piece before."""
    symbols = steps[:, 0].astype(np.uint8)
    out = np.zeros(max(0, len(symbols) - 1), bool)
    seen: set[bytes] = set()
    for target in range(look, len(symbols)):
        before = symbols[target - look : target].tobytes()
        out[target - 1] = before in seen
        seen.add(before)
    return out


def prices(bench: Bench, arm: str) -> dict[str, float]:
    """Nats a validation symbol of an arm, seeing the whole piece: of all, the recalled and the new; kept."""

    def measure() -> dict[str, float]:
        pieces = bench.material(arm).valid.pieces()
        nats = np.concatenate([one[:, 0] for one in bench.exact(arm).stepper.nats_many(pieces)])
        known = np.concatenate([recalled(piece) for piece in pieces])
        return {"all": float(nats.mean()), "recalled": _mean(nats[known]), "new": _mean(nats[~known])}

    found: dict[str, float] = bench.once(f"{arm}-memory", measure, arms=[arm])
    return found


def _mean(nats: NDArray[np.float64]) -> float:
    return float(nats.mean()) if len(nats) else float("nan")


def differences(bench: Bench, changes: Sequence[Change], seeds: Sequence[int]) -> dict[str, dict[str, Interval]]:
    """Change -> figure -> Interval over seeds of its price minus that of the base, paired by seed."""
    base = [prices(bench, of_seed(_base(changes), seed)) for seed in seeds]
    out = {}
    for change in changes:
        mine = [prices(bench, of_seed(change, seed)) for seed in seeds]
        out[change.name] = {
            figure: paired_over_seeds([one[figure] for one in mine], [one[figure] for one in base])
            for figure in FIGURES
        }
    return out


def _base(changes: Sequence[Change]) -> Change:
    return next(change for change in changes if change.name == BASE)


def table(bench: Bench, changes: Sequence[Change], seeds: Sequence[int]) -> Table:
    """Prices over seeds, and the difference to the base, with intervals."""
    apart = differences(bench, changes, seeds)
    rows: list[tuple[Any, ...]] = []
    for change in changes:
        found = [prices(bench, of_seed(change, seed)) for seed in seeds]
        ends = [bench.ending(of_seed(change, seed)) for seed in seeds]
        what = f"{change.cause} {change.value}" if change.cause else "2 layers, width 192, context 256"
        gap = apart[change.name]["all"]
        rows.append(
            (
                *(what, ends[0].get("parameters"), *(str(over_seeds([one[f] for one in found])) for f in FIGURES)),
                *((str(gap), gap.verdict) if change.cause else (None, None)),
                float(np.mean([end.get("seconds", np.nan) for end in ends])),
            )
        )
    columns = ("network", "parameters", "all", "recalled", "new", "all, to base", "verdict", "seconds")
    note = (
        f"Nats a validation symbol, the whole piece seen; mean and 95 % interval over {len(seeds)} seeds, equally "
        f"many steps. Recalled: the {LOOK} symbols before stood in the piece already."
    )
    return Table("Does it forget, and why", columns, rows, note, digits=0)


def sentence(bench: Bench, changes: Sequence[Change], seeds: Sequence[int]) -> str:
    """Whether "short-term memory, due to 2 layers and 192 wide" held, from the figures."""
    apart = differences(bench, changes, seeds)
    base = [prices(bench, of_seed(_base(changes), seed)) for seed in seeds]
    gap = paired_over_seeds([one["recalled"] for one in base], [one["new"] for one in base])
    found = [
        _more(apart, changes, cause, limit) for cause, limit in (("depth", 2), ("width", 192), ("context", 256))
    ]
    blamed = [gap is not None and gap.verdict == "lower" for gap, _ in found[:2]]
    verdict = "held" if all(blamed) else "held in part" if any(blamed) else "did not hold"
    return (
        f"'Short-term memory, due to 2 layers and 192 wide' {verdict} in these trainings. What was heard before "
        f"costs {gap} nats against what is new. Of its price, " + ", ".join(text for _, text in found) + "."
    )


def _more(
    apart: dict[str, dict[str, Interval]], changes: Sequence[Change], cause: str, limit: int
) -> tuple[Interval | None, str]:
    """What more of one cause does to the price of what was heard before, in figures and words."""
    more = [change for change in changes if change.cause == cause and change.value > limit]
    if not more:
        return None, f"{cause} was not varied"
    best = min(more, key=lambda change: apart[change.name]["recalled"].mean)
    gap = apart[best.name]["recalled"]
    return gap, f"{cause} {best.value} changes {gap} ({gap.verdict})"
