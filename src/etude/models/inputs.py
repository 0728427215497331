"""Steps in, vectors out: one embedding table a field, summed, with those of earlier steps and of what can be worked
out of them when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.config import ModelConfig
from etude.models.derived import Derived, Memory, Timing

NOTHING = -1  # stands in the history where no step was yet
FEW = 24  # fields: more are looked up together


class Before(NamedTuple):
    """What the input remembers: the last steps int64[B, history, K], and what the derived numbers need."""

    steps: Tensor
    memory: Memory | None


class StepInput(nn.Module):
    """The vector of each step: float[B, T, width].

    x[t] = sum_k embed[k][step[t, k]] + sum_lag,k history[lag][k][step[t - 1 - lag, k] + 1]
         + sum_g heard[g][derived[t, g]]; row 0 of a history table stands for "no step yet".
    """

    def __init__(
        self,
        config: ModelConfig,
        field_sizes: Sequence[int],
        field_values: Sequence[Sequence[float] | None],
        width: int = 0,
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        width, history = width or config.width, config.history
        self.derived = Derived(config.derived, field_sizes, field_values, timing) if config.derived else None
        sizes = self.derived.sizes if self.derived is not None else []
        self.heard = nn.ModuleList([nn.Embedding(size, width) for size in sizes])
        self.embed = nn.ModuleList([nn.Embedding(size, width) for size in field_sizes])
        self.history = nn.ModuleList(
            [nn.ModuleList([nn.Embedding(size + 1, width) for size in field_sizes]) for _ in range(history)]
        )
        tables = [table for table in self.modules() if isinstance(table, nn.Embedding)]
        for table in tables:
            # x then has variance 1: gates fed with less hear their own noise and learn nothing for minutes
            nn.init.normal_(table.weight, std=len(tables) ** -0.5)

    def start(self, batch: int, device: torch.device) -> Before:
        """What stands before the first step: NOTHING everywhere."""
        shape = (batch, len(self.history), len(self.embed))
        nothing = torch.full(shape, NOTHING, dtype=torch.int64, device=device)
        return Before(nothing, self.derived.start(batch, device) if self.derived is not None else None)

    def forward(self, steps: Tensor, before: Before) -> tuple[Tensor, Before]:
        """(x float[B, T, width], what stands before the next steps) of `steps` int64[B, T, K]."""
        count, length = len(self.history), steps.shape[1]
        line = torch.cat([before.steps, steps], dim=1)  # (B, history + T, K)
        x = sum_of(self.embed, steps)
        for lag, tables in enumerate(self.history, start=1):
            x = x + sum_of(tables, line[:, count - lag : count - lag + length] + 1)
        memory = before.memory
        if self.derived is not None and memory is not None:
            columns, memory = self.derived(steps, memory)
            x = x + sum_of(self.heard, columns) if len(self.heard) else x
        return x, Before(line[:, length:], memory)


def sum_of(tables: nn.Module, values: Tensor) -> Tensor:
    """Float[..., width]: the sum over fields of the embeddings of `values` int64[..., K]."""
    if values.shape[-1] > FEW:
        return _sum_of_many(list(tables.children()), values)
    vectors: list[Tensor] = [table(values[..., field]) for field, table in enumerate(tables.children())]
    total = vectors[0]
    for vector in vectors[1:]:
        total = total + vector
    return total


def _sum_of_many(tables: list[nn.Module], values: Tensor) -> Tensor:
    """`sum_of` in one look-up, for the many small fields of a piano roll."""
    weights = [cast(Tensor, table.weight) for table in tables]
    starts = [0, *accumulate(len(weight) for weight in weights[:-1])]
    rows = values + torch.tensor(starts, device=values.device)
    total = F.embedding_bag(rows.flatten(0, -2), torch.cat(weights), mode="sum")
    return total.view(*values.shape[:-1], -1)
