"""A judge of music: steps in, one logit out. Knows nothing of what its labels mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.inputs import sum_of

EMPTY = 0  # fills rows that are shorter than the longest of their batch


@dataclass(frozen=True)
class CriticConfig:
    """The shape of a critic.

    Embeddings of the fields and of how far the first field lies from each of the `lags` steps before, summed;
    `layers` residual blocks over five steps, of which each looks at half as many places as the one before; mean and
    maximum over time; one logit. With `places` the mean and maximum of every block go into it, not of the last
    alone, and every block can say of each of its places whether what is wrong is there.
    """

    width: int = 64
    layers: int = 4
    lags: int = 4
    dropout: float = 0.1
    places: bool = False


class Critic(nn.Module):
    """`critic(steps int64[B, T, K], lengths int64[B]) -> logits float[B]`, positive where music seems real."""

    def __init__(self, config: CriticConfig, field_sizes: Sequence[int]) -> None:
        super().__init__()
        self.config, self.field_sizes = config, tuple(field_sizes)
        width, distances = config.width, 2 * field_sizes[0]  # the last stands for "nothing there yet"
        self.embed = nn.ModuleList([nn.Embedding(size, width) for size in field_sizes])
        self.far = nn.ModuleList([nn.Embedding(distances, width) for _ in range(config.lags)])
        self.blocks = nn.ModuleList([Block(width) for _ in range(config.layers)])
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(2 * width * (config.layers if config.places else 1), 1)
        self.where = nn.ModuleList([nn.Linear(width, 1) for _ in range(config.layers if config.places else 0)])

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Float[B]; what stands beyond a row's length is not looked at."""
        return self.judged(self.levels(steps, lengths))

    def levels(self, steps: Tensor, lengths: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Of every block (float[B, T', D], bool[B, T', 1] whether there is something), T' half that before."""
        here = torch.arange(steps.shape[1], device=steps.device)[None, :, None] < lengths[:, None, None]
        x = self._embedded(steps) * here
        out = []
        for number, block in enumerate(self.blocks):
            if number:
                x, here = _halved(x, here)
            x = block(self.drop(x), here)
            out.append((x, here))
        return out

    def judged(self, levels: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """Float[B]: the logits of whole rows."""
        summed = []
        for x, here in levels if self.config.places else levels[-1:]:
            summed.append(x.sum(dim=1) / here.sum(dim=1).clamp(min=1))
            summed.append(x.masked_fill(~here, -torch.inf).amax(dim=1))
        logits: Tensor = self.out(self.drop(torch.cat(summed, dim=1)))[:, 0]
        return logits

    def placed(self, levels: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Float[B, T'] of every block: logits of each place being right, where `places` were asked for."""
        return [where(x)[..., 0] for where, (x, _) in zip(self.where, levels)]

    def _embedded(self, steps: Tensor) -> Tensor:
        """Float[B, T, D], of variance 1."""
        x = sum_of(self.embed, steps)
        first, size = steps[..., 0], self.field_sizes[0]
        for lag, table in enumerate(self.far, start=1):
            away = F.pad(
                first[:, lag:] - first[:, :-lag] + size - 1, (min(lag, first.shape[1]), 0), value=2 * size - 1
            )
            x = x + table(away)
        scaled: Tensor = x * (len(self.embed) + len(self.far)) ** -0.5
        return scaled


class Block(nn.Module):
    """x + GELU(five steps side by side of norm(x))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Conv1d(width, width, 5, padding=2)

    def forward(self, x: Tensor, here: Tensor) -> Tensor:
        """Float[B, T, D], zero where `here` bool[B, T, 1] is not."""
        heard = self.convolution((self.norm(x) * here).transpose(1, 2)).transpose(1, 2)
        return (x + F.gelu(heard)) * here


def _halved(x: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
    """(float[B, T / 2, D], bool[B, T / 2, 1]): of every two neighbours the larger; zero where neither is."""
    pair = x.masked_fill(~here, -torch.inf)
    x = F.max_pool1d(pair.transpose(1, 2), 2, ceil_mode=True).transpose(1, 2)
    here = F.max_pool1d(here.float().transpose(1, 2), 2, ceil_mode=True).transpose(1, 2) > 0
    return x.masked_fill(~here, 0.0), here
