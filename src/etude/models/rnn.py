"""Recurrent models: LSTM (Hochreiter and Schmidhuber 1997) or GRU (Cho et al. 2014) layers, any depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.attention import Attention, Cache
from etude.models.config import ModelConfig
from etude.models.derived import Timing
from etude.models.inputs import Before, StepInput


class RecurrentState(NamedTuple):
    """What a recurrent model remembers.

    How many steps it heard, what stood before, the tensors float[1, B, D] of each layer (LSTM: output and
    cell; GRU: output) and, with attention, the cache.
    """

    position: int
    before: Before
    cells: tuple[tuple[Tensor, ...], ...]
    cache: Cache | None


class OverFeatures(nn.BatchNorm1d):
    """Batch normalisation of float[B, T, D] over B and T; evaluating, by the running figures: no future in it."""

    def forward(self, x: Tensor) -> Tensor:
        """Float[B, T, D]."""
        return super().forward(x.flatten(0, 1)).view_as(x)


def _norm(kind: str, width: int) -> nn.Module:
    if kind == "layer":
        return nn.LayerNorm(width)
    return OverFeatures(width) if kind == "batch" else nn.Identity()


class Recurrent(nn.Module):
    """The body: StepInput, then per layer cell, norm, dropout; then attention over the past and a dense layer."""

    hears_values = hears_timing = True

    def __init__(
        self,
        config: ModelConfig,
        field_sizes: Sequence[int],
        field_values: Sequence[Sequence[float] | None],
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        width = config.width
        cell = nn.LSTM if config.cell == "lstm" else nn.GRU
        heard = config.embedding or width
        layers = [cell(width if number else heard, width, batch_first=True) for number in range(config.layers)]
        self.width = width
        self.tensors = 2 if config.cell == "lstm" else 1
        self.input = StepInput(config, field_sizes, field_values, heard, timing)
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList([_norm(config.norm, width) for _ in range(config.layers)])
        self.drop = nn.Dropout(config.dropout)
        self.attention = Attention(config) if config.attention else None
        self.dense = nn.Linear(width, config.dense) if config.dense else None
        for layer in layers:
            _prepare(layer, config.cell)

    def start(self, batch: int) -> RecurrentState:
        """The state before anything was heard, for `batch` rows."""
        weight = next(self.parameters())
        zero = weight.new_zeros(1, batch, self.width)
        cells = tuple((zero,) * self.tensors for _ in self.layers)
        cache = self.attention.start(batch) if self.attention is not None else None
        return RecurrentState(0, self.input.start(batch, weight.device), cells, cache)

    def forward(self, steps: Tensor, state: RecurrentState | None = None) -> tuple[Tensor, RecurrentState]:
        """(hidden float[B, T, D], state) after `steps` int64[B, T, K]."""
        state = self.start(steps.shape[0]) if state is None else state
        x, before = self.input(steps, state.before)
        cells = []
        for layer, norm, cell in zip(self.layers, self.norms, state.cells, strict=True):
            x, after = layer(x, cell if self.tensors == 2 else cell[0])
            cells.append(after if self.tensors == 2 else (after,))
            x = self.drop(norm(x))
        cache = state.cache
        if self.attention is not None and cache is not None:
            found, cache = self.attention(x, cache, self.attention.turns(state.position, steps.shape[1]))
            x = x + self.drop(found)
        if self.dense is not None:
            x = F.gelu(self.dense(x), approximate="tanh")
        return x, RecurrentState(state.position + steps.shape[1], before, tuple(cells), cache)


def _prepare(layer: nn.LSTM | nn.GRU, cell: str) -> None:
    """Orthogonal recurrent weights, scaled inputs, zero biases; an LSTM starts by remembering (forget bias 1)."""
    width = layer.hidden_size
    inputs, recurrent, *biases = layer.parameters()
    for gate in range(0, len(recurrent), width):
        nn.init.orthogonal_(recurrent.data[gate : gate + width])
    nn.init.normal_(inputs, std=inputs.shape[1] ** -0.5)
    for bias in biases:
        nn.init.zeros_(bias)
    if cell == "lstm":
        with torch.no_grad():
            biases[0][width : 2 * width] = 1.0  # gates stand in the order input, forget, candidate, output
