"""Whether music stands on its tempo map's grid: written, or quantised, against performed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from etude.score import Score

_NEAR = 1 / 96  # of a quarter: what counts as on the grid, when ticks are fine enough
# places of a quarter that written music uses: 32nds, and sixteenth triplets
_PLACES = np.unique(np.concatenate([np.arange(9) / 8, np.arange(7) / 6]))


def grid_share(score: Score) -> float:
    """How many onsets stand on the grid of 32nds and triplets, beyond chance: 1.0 all, 0.0 as many as at random."""
    onsets = np.unique(score.notes["onset"])
    if len(onsets) < 2:
        return 1.0
    away = distance_to_grid(onsets / score.tpq)
    # a writer rounds to ticks, so one tick is never too far
    reach = max(_NEAR, 0.5 / score.tpq + 1e-9)
    chance = _chance(score.tpq, reach)
    if chance > 0.9:
        return 1.0  # so few ticks a quarter that everything is on the grid
    return float(np.clip(((away <= reach).mean() - chance) / (1 - chance), 0.0, 1.0))


def grid_pull(score: Score) -> float:
    """How strongly onsets gather around the sixteenths (or triplets) of the tempo map: 1.0 on them, 0.0 anywhere.

    The mean cosine of their phase, with what so few onsets reach by chance taken off. High for a player who follows
    the click that the tempo map is, though no onset may stand on the grid.
    """
    quarters = np.unique(score.notes["onset"]) / score.tpq
    if len(quarters) < 4:
        return 0.0
    pull = max(float(np.cos(2 * np.pi * parts * quarters).mean()) for parts in (4, 3, 6))
    return max(0.0, pull - 1.0 / float(np.sqrt(len(quarters))))


def distance_to_grid(quarters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64, in quarters: how far each time is from the nearest 32nd or sixteenth triplet."""
    inside = quarters % 1.0
    right = np.clip(np.searchsorted(_PLACES, inside), 1, len(_PLACES) - 1)
    return np.asarray(np.minimum(np.abs(_PLACES[right] - inside), np.abs(inside - _PLACES[right - 1])))


@lru_cache
def _chance(tpq: int, reach: float) -> float:
    """The share of all ticks of a quarter that count as on the grid."""
    return float((distance_to_grid(np.arange(tpq) / tpq) <= reach).mean())
