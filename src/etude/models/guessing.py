"""What a torch model would have said of whole sequences: first choices, expected numbers and medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from etude.models.means import MeanHead
from etude.models.model import Model
from etude.models.pricing import measured


class Guesses(NamedTuple):
    """Of each of N steps and K fields; numbers in the field's own unit, NaN where a field has none."""

    nats: NDArray[np.float64]  # -ln p of what came
    hits: NDArray[np.bool_]  # whether it was the likeliest value
    means: NDArray[np.float64]  # the expected number
    medians: NDArray[np.float64]  # the number that half of the probability lies below

    def only(self, kept: NDArray[np.bool_]) -> Guesses:
        """Those of the steps where bool[N] is true."""
        return Guesses(self.nats[kept], self.hits[kept], self.means[kept], self.medians[kept])


def guesses(
    model: Model, sequences: Sequence[NDArray[np.int32]], field_values: Sequence[Sequence[float] | None]
) -> list[Guesses]:
    """The Guesses for every step after the first of each sequence, each given all that stands before it.

    A model with head "mean" says one number a field, below zero at times: it is mean and median.
    """
    numbers = [_Numbers(model, field, values) for field, values in enumerate(field_values)]

    def measure(hidden: Tensor, targets: Tensor) -> list[Tensor]:
        columns: list[list[Tensor]] = [[], [], [], []]
        for field, logits in enumerate(model.head.all(hidden, targets)):
            log_p = F.log_softmax(logits.float(), dim=-1)
            true = targets[..., field]
            nats = -log_p.gather(-1, true[..., None])[..., 0]
            hits = (log_p.argmax(-1) == true).float()
            for column, part in zip(columns, (nats, hits, *numbers[field].of(hidden, log_p)), strict=True):
                column.append(part)
        return [torch.stack(column, dim=-1) for column in columns]

    return [
        Guesses(nats.astype(np.float64), hits > 0.5, means.astype(np.float64), medians.astype(np.float64))
        for nats, hits, means, medians in measured(model, sequences, None, measure)
    ]


class _Numbers:
    """How the numbers of one field are read off its distribution."""

    def __init__(self, model: Model, field: int, values: Sequence[float] | None) -> None:
        self.head = model.head if isinstance(model.head, MeanHead) else None
        self.field = field
        self.scale = model.config.scales_of(model.field_sizes)[field]
        device = next(model.parameters()).device
        known = np.asarray([] if values is None else values, np.float64)
        order = np.argsort(known, kind="stable")[: int((~np.isnan(known)).sum())]  # NaN stands last
        self.order = torch.from_numpy(order).to(device)
        self.values = torch.tensor(known[order], dtype=torch.float32, device=device)

    def of(self, hidden: Tensor, log_p: Tensor) -> tuple[Tensor, Tensor]:
        """(mean, median) float[...] of log-probabilities float[..., V]."""
        number = self.head.mean(hidden, self.field) if self.head is not None else None
        if number is not None:
            return number * self.scale, number * self.scale
        if not len(self.order):
            nothing = log_p.new_full(log_p.shape[:-1], torch.nan)
            return nothing, nothing
        share = torch.softmax(log_p[..., self.order], dim=-1)
        below = (share.cumsum(-1) < 0.5).sum(-1).clamp(max=len(self.order) - 1)
        return (share * self.values).sum(-1), self.values[below]
