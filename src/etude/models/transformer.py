"""A decoder-only transformer: pre-norm blocks with RMS norms (Zhang and Sennrich, arXiv:1910.07467).

With learned positions, layer norms, ReLU and biases it is the network of GPT (Radford et al. 2018), weights drawn
as there, for comparison with systems built on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.attention import Attention, Cache, Turns
from etude.models.config import ModelConfig
from etude.models.derived import Timing
from etude.models.inputs import Before, StepInput

NORM_EPSILON = 1e-5
GPT_SPREAD = 0.02  # standard deviation of fresh weights
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "squared_relu": lambda x: F.relu(x).square(),
    "relu": F.relu,
    "gelu": lambda x: F.gelu(x, approximate="tanh"),
}


class TransformerState(NamedTuple):
    """What a transformer remembers: how many steps it heard, what stood before, a cache a layer."""

    position: int
    before: Before
    caches: tuple[Cache, ...]


class RootMeanSquare(nn.Module):
    """`x` divided by the root of the mean of its squares, times a learned weight [D]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Float[..., D]."""
        return F.rms_norm(x, self.weight.shape, self.weight, NORM_EPSILON)


def norm_of(config: ModelConfig) -> nn.Module:
    """A fresh norm of the kind a transformer of this configuration has."""
    return nn.LayerNorm(config.width) if config.norm == "layer" else RootMeanSquare(config.width)


class Block(nn.Module):
    """x + attention(norm(x)), then x + down(activation(up(norm(x)))).

    The square of ReLU (So et al. 2021, arXiv:2109.08668) learns as well as GELU here, at a tenth of its CPU time.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.norm1 = norm_of(config)
        self.attention = Attention(config, bias=config.bias)
        self.norm2 = norm_of(config)
        self.up = nn.Linear(width, 4 * width, bias=config.bias)
        self.down = nn.Linear(4 * width, width, bias=config.bias)
        self.activation = ACTIVATIONS[config.activation]
        self.drop = nn.Dropout(config.dropout)
        nn.init.normal_(self.up.weight, std=width**-0.5)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor, cache: Cache, by: Turns | None) -> tuple[Tensor, Cache]:
        """(x float[B, T, D], cache) after the block."""
        found, cache = self.attention(self.norm1(x), cache, by)
        x = x + self.drop(found)
        thought = self.down(self.activation(self.up(self.norm2(x))))
        return x + self.drop(thought), cache


class Transformer(nn.Module):
    """The body: StepInput, dropout, `layers` blocks, a last norm, and the dense layer if there is one."""

    hears_values = hears_timing = True

    def __init__(
        self,
        config: ModelConfig,
        field_sizes: Sequence[int],
        field_values: Sequence[Sequence[float] | None],
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        self.input = StepInput(config, field_sizes, field_values, timing=timing)
        self.drop = nn.Dropout(config.dropout if config.input_dropout is None else config.input_dropout)
        self.layers = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.norm = norm_of(config)
        self.places = nn.Embedding(config.context, config.width) if config.positions == "learned" else None
        self.dense = nn.Linear(config.width, config.dense) if config.dense else None
        if self.places is not None:
            self.apply(_drawn_as_gpt)

    def start(self, batch: int) -> TransformerState:
        """The state before anything was heard, for `batch` rows."""
        caches = tuple(cast(Block, block).attention.start(batch) for block in self.layers)
        return TransformerState(0, self.input.start(batch, self.device), caches)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.parameters()).device

    def _places(self, position: int, length: int) -> Tensor:
        """Int64[T]: the rows of the table of positions for `length` steps from `position` on."""
        assert self.places is not None
        where = torch.arange(position, position + length, device=self.device)
        return where.clamp(max=self.places.num_embeddings - 1)

    def forward(self, steps: Tensor, state: TransformerState | None = None) -> tuple[Tensor, TransformerState]:
        """(hidden float[B, T, D], state) after `steps` int64[B, T, K]."""
        state = self.start(steps.shape[0]) if state is None else state
        x, before = self.input(steps, state.before)
        if self.places is not None:
            x = x + self.places(self._places(state.position, steps.shape[1]))
        x = self.drop(x)
        by = cast(Block, self.layers[0]).attention.turns(state.position, steps.shape[1])
        caches = []
        for block, cache in zip(self.layers, state.caches, strict=True):
            x, cache = block(x, cache, by)
            caches.append(cache)
        x = self.norm(x)
        if self.dense is not None:
            x = F.gelu(self.dense(x), approximate="tanh")
        return x, TransformerState(state.position + steps.shape[1], before, tuple(caches))


def _drawn_as_gpt(module: nn.Module) -> None:
    """Draws the weights of a table or matrix anew, as GPT does."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=GPT_SPREAD)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
