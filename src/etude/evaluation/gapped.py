"""Bars taken out of held-out pieces, and what the true ones cost: given both sides, or only what comes before.

Protocol infill:bars=N: of each piece N bars in a row, drawn evenly from those that hold a step (seed 0 and the
number of the piece). Only their steps are priced, the same steps whatever is heard; that the gap ends there costs
nothing. Notes are those that begin in these bars, so `bits_per_note` is the price of a true note there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.evaluation.likelihood import Likelihood, price_all
from etude.evaluation.protocols import Protocol, Steps
from etude.stepper import Scorer


@dataclass(frozen=True, eq=False)
class Gapped:
    """P pieces with a gap each. It is priced as `HeldOut` is.

    pieces   int32[T, K] in order, for scorers that hear from left to right
    spans    (first step of the gap, first step behind it) of each of `pieces`
    notes    int64[P]: notes in the gap
    told     int32[N, K]: the same pieces told with the gap last, for a model that learned to fill it; () for none
    """

    pieces: Sequence[Steps]
    spans: Sequence[tuple[int, int]]
    notes: NDArray[np.int64]
    field_names: Sequence[str]
    told: Sequence[Steps] = ()

    def __len__(self) -> int:
        """The number of pieces."""
        return len(self.pieces)

    def taken(self, rows: Sequence[int]) -> Gapped:
        """The pieces of these numbers, in this order; told from left to right."""
        chosen = list(rows)
        pieces, spans = [self.pieces[row] for row in chosen], [self.spans[row] for row in chosen]
        return replace(self, pieces=pieces, spans=spans, notes=self.notes[chosen], told=())

    def price(self, scorer: Scorer, protocol: Protocol | str) -> Likelihood:
        """What the gaps cost under `scorer`: given both sides where the pieces are told so, else the left one."""
        if self.told:
            prices = price_all(scorer, self.told, Protocol())
            nats = [price[-1 - (after - first) : -1] for price, (first, after) in zip(prices, self.spans)]
        else:
            prices = price_all(scorer, self.pieces, Protocol())
            nats = [price[first - 1 : after - 1] for price, (first, after) in zip(prices, self.spans)]
        return self._likelihood(nats, str(protocol))

    def _likelihood(self, nats: Sequence[NDArray[np.float64]], protocol: str) -> Likelihood:
        counts = np.array([len(price) for price in nats], np.int64)
        if not counts.sum():
            raise UsageError("No held-out piece has so many bars with notes in them: ask for fewer.")
        per_field = np.concatenate(list(nats)).mean(axis=0)
        whole, notes = float(per_field.sum()), int(self.notes.sum())
        return Likelihood(
            nats_per_step=whole,
            nats_per_field=dict(zip(self.field_names, map(float, per_field))),
            bits_per_note=whole * int(counts.sum()) / math.log(2) / notes if notes else math.nan,
            accuracy_per_field=dict.fromkeys(self.field_names, math.nan),
            pieces=len(self),
            steps=int(counts.sum()),
            notes=notes,
            protocol=protocol,
            totals=np.array([price.sum() for price in nats]),
            counts=counts,
        )
