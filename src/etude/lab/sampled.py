"""A few pieces that a model composes by itself, and real ones through the same encoding, with their measures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.loading import Loaded
from etude.lab.material import Material

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.score import Score

PIECES = 8
REAL = 64  # real pieces that make the band, at the most
BAND = (0.05, 0.95)  # of the real pieces
VALUES = 2048  # drawn for a piece, at most: steps times fields


@dataclass(frozen=True)
class Sampled:
    """Pieces of a model and real ones of about the same length, with what is measured of each."""

    pieces: list[Score]
    real: list[Score]
    measured: dict[str, NDArray[np.float64]]  # metric -> [pieces]
    band: dict[str, NDArray[np.float64]]  # metric -> [real pieces]

    HEADER = ("measure", "unit", "composed", "real", "real 5 %", "real 95 %")

    def plugged(self) -> list[tuple[Any, ...]]:
        """A row under HEADER for every measure of a plugin: means, and the band of the real pieces."""
        from etude.evaluation import METRICS, all_metrics

        mine = {metric.name for metric in METRICS}
        return [(m.name, m.unit, *self._row(m.name)) for m in all_metrics() if m.name not in mine]

    def answer(self) -> dict[str, dict[str, float]]:
        """Measure -> its means over composed and real pieces, and the band of the real ones."""
        keys = ("composed", "real", "real_low", "real_high")
        return {name: dict(zip(keys, self._row(name))) for name in self.measured}

    def _row(self, name: str) -> tuple[float, float, float, float]:
        ours, real = (column[~np.isnan(column)] for column in (self.measured[name], self.band[name]))
        low, high = np.quantile(real, BAND) if len(real) else (math.nan, math.nan)
        mean, usual = (float(one.mean()) if len(one) else math.nan for one in (ours, real))
        return mean, usual, float(low), float(high)


def sampled(
    loaded: Loaded, material: Material, split: str = "valid", count: int = PIECES, seed: int = 0
) -> Sampled:
    """`count` pieces as the model's own settings draw them, beside real ones as its encoding hears them.

    The real ones are held out, as far as there are enough of those.
    """
    from etude.evaluation import all_metrics, measure
    from etude.lab.composing import Wish, pieces

    longest = longest_sample(loaded)
    made = [piece.score for piece in pieces(loaded, Wish(count=count, seed=seed, steps=longest))]
    heard = real_scores(loaded, material, split)
    return Sampled(made, heard, measure(made, all_metrics()), measure(heard, all_metrics()))


def real_scores(loaded: Loaded, material: Material, split: str = "valid") -> list[Score]:
    """Real pieces as the model hears them, no longer than what it composes; held-out ones as far as they go."""
    from etude.encodings import decode

    longest = longest_sample(loaded)
    return [decode(loaded.encoding, steps[: longest + 1]) for steps in _real(material, split)]


def _real(material: Material, split: str) -> list[Steps]:
    """Up to REAL pieces of a split, evenly taken, filled up with those that were learned."""
    held, learned = material.packed(split).pieces(), material.train.pieces()
    return [*_evenly(held, REAL), *_evenly(learned, max(0, REAL - len(held)))]


def _evenly(pieces: list[Steps], most: int) -> list[Steps]:
    if len(pieces) <= most:
        return pieces
    return [pieces[number] for number in np.linspace(0, len(pieces) - 1, most).round().astype(int)]


def longest_sample(loaded: Loaded) -> int:
    """Steps that a piece has at most: as many as the model has heard in one, and not too many to wait for."""
    most = max(16, VALUES // len(loaded.encoding.fields))
    return min(most, int(loaded.metadata.get("longest_steps") or most))
