"""What choosing by a critic gains, told by measures that it was not trained on.

Protocol
    A model makes count x best_of pieces. "First" are the first of every group, "best" those the critic prefers.
    Both sets stand beside held-out real pieces of a collection: for every measure the distance between the mean of
    a set and the mean of the real pieces, in standard deviations of the real pieces. Intervals draw groups again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.lab.critic.asking import Answer
from etude.lab.critic.generators import LEAST
from etude.lab.critic.judge import PieceJudge
from etude.score import Score

if TYPE_CHECKING:
    from etude.data import Collection

DRAWS = 1000

Columns = NDArray[np.float64]


def gain(
    model: str | None, judge: PieceJudge, *, best_of: int, count: int, against: str | None = None, seed: int = 0
) -> Answer:
    """How much nearer to real music the best of `best_of` pieces are than the first, measure by measure."""
    from etude.evaluation import measure
    from etude.lab.composing import compose

    collection = _collection(against, judge.critic.manifest["collection"])  # type: ignore[attr-defined]
    real = measure([piece.score for piece in collection.pieces("test") if piece.notes >= LEAST])
    scores = [piece.score for piece in compose(model, count=count * best_of, seed=seed)]
    chances = judge.chances(scores).reshape(count, best_of)
    first, best = scores[::best_of], _best(scores, chances)
    values = [measure(side) for side in (first, best)]
    rows, mean = _rows(real, *values)
    figures = {
        name: dict(zip(("real", "spread", "first", "best", "gain", "low", "high"), row)) for name, *row in rows
    }
    gained, low, high = mean
    text = (
        f"Over {len(rows)} measures the best of {best_of} lie {gained:+.3f} ({low:+.3f} to {high:+.3f}) standard "
        f"deviations nearer to real music than the first; the critic's mean chance rises from "
        f"{chances[:, 0].mean():.3f} to {chances.max(axis=1).mean():.3f}."
    )
    whole = {"mean": gained, "low": low, "high": high, "pieces": count, "best_of": best_of}
    return Answer({"gain": whole, "measures": figures}, text, rows)


def _collection(against: str | None, learned: str) -> Collection:
    """Real music to measure by: `against`, else what the critic learned on, where that is known by its name."""
    from etude.data import Collection
    from etude.data.plans import BUILT_IN

    if against is None and learned not in BUILT_IN:
        raise UsageError(f"The critic learned on '{learned}'. Say where that is now: --against PATH.")
    return Collection.open(against or learned)


def _best(scores: list[Score], chances: NDArray[np.float64]) -> list[Score]:
    """Of every group the piece that the critic prefers."""
    each = chances.shape[1]
    return [scores[group * each + int(row.argmax())] for group, row in enumerate(chances)]


def _rows(
    real: dict[str, Columns], first: dict[str, Columns], best: dict[str, Columns]
) -> tuple[list[tuple[Any, ...]], tuple[float, float, float]]:
    """(a row a measure, the mean gain with its interval); measures that any side has not are left out."""
    names = [
        name for name in real if all(_known(side[name]) for side in (real, first, best)) and np.nanstd(real[name])
    ]
    truth, one, other = (np.stack([side[name] for name in names], axis=1) for side in (real, first, best))
    middle, spread = np.nanmean(truth, axis=0), np.nanstd(truth, axis=0)
    random = np.random.default_rng(0)
    draws = np.stack([_gains(one, other, middle, spread, random) for _ in range(DRAWS)])
    value = _gains(one, other, middle, spread, None)
    low, high = np.nanquantile(draws, [0.025, 0.975], axis=0)
    means = [np.nanmean(side, axis=0) for side in (truth, one, other)]
    rows = [
        (name, *(float(column[k]) for column in (means[0], spread, means[1], means[2], value, low, high)))
        for k, name in enumerate(names)
    ]
    whole = np.nanmean(draws, axis=1)
    return rows, (float(np.nanmean(value)), *map(float, np.quantile(whole, [0.025, 0.975])))  # type: ignore[return-value]


def _gains(
    first: Columns, best: Columns, middle: Columns, spread: Columns, random: np.random.Generator | None
) -> Columns:
    """Float64[M]: how much nearer the best are, of all groups or of groups drawn again."""
    rows = np.arange(len(first)) if random is None else random.integers(0, len(first), len(first))
    far = [np.abs(_mean(side[rows]) - middle) / spread for side in (first, best)]
    return np.asarray(far[0] - far[1])


def _mean(rows: Columns) -> Columns:
    """Float64[M]: means of what is known; NaN where nothing is."""
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _known(column: Columns) -> bool:
    """Whether at least half of the pieces have this measure."""
    return bool((~np.isnan(column)).mean() >= 0.5)
