"""From the body's vector to scores: one field after another. Integers in, logits out.

Every head is called `head(hidden float[..., D], chosen int64[..., k]) -> logits float[..., V_k]`: the scores of
field k given the fields chosen before it in the same step; `head.all(hidden, steps)` gives those of all fields in
turn, each given the earlier fields of `steps`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.config import ModelConfig
from etude.models.inputs import FEW
from etude.models.means import MeanHead
from etude.models.mixture import Mixture


class Residual(nn.Module):
    """z + down(gelu(up(layer_norm(z)))), float[..., D]: z itself while the weights are fresh."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        nn.init.normal_(self.up.weight, std=width**-0.5)
        nn.init.zeros_(self.up.bias)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, z: Tensor) -> Tensor:
        """Float[..., D]."""
        y: Tensor = z + self.down(F.gelu(self.up(self.norm(z)), approximate="tanh"))
        return y


def _scores(width: int, size: int) -> nn.Linear:
    layer = nn.Linear(width, size)
    nn.init.normal_(layer.weight, std=0.02)
    nn.init.zeros_(layer.bias)
    return layer


class IndependentHead(nn.Module):
    """Each field from the hidden vector alone: logits_k = out[k](hidden)."""

    def __init__(self, width: int, field_sizes: Sequence[int]) -> None:
        super().__init__()
        self.out = nn.ModuleList([_scores(width, size) for size in field_sizes])

    def forward(self, hidden: Tensor, chosen: Tensor) -> Tensor:
        """Float[..., V_k], whatever was chosen."""
        scores: Tensor = self.out[chosen.shape[-1]](hidden)
        return scores

    def all(self, hidden: Tensor, steps: Tensor) -> Iterator[Tensor]:
        """Float[..., V_k] for every field in turn."""
        for field in range(steps.shape[-1]):
            yield self(hidden, steps[..., :field])


class MultiHotHead(IndependentHead):
    """Many small fields, as the keys of a piano roll: the same head, priced in one product a size of field.

    Keys of one frame know the past, not each other, as in the RNN of Boulanger-Lewandowski et al. (2012).
    """

    def prices(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Float32[..., K]: -ln p of every field of `targets` int64[..., K]."""
        layers = [cast(nn.Linear, layer) for layer in self.out]
        order: list[int] = []
        parts = []
        for size in sorted({layer.out_features for layer in layers}):
            fields = [number for number, layer in enumerate(layers) if layer.out_features == size]
            weight = torch.cat([layers[field].weight for field in fields])
            bias = torch.cat([layers[field].bias for field in fields])
            logits = F.linear(hidden, weight, bias).float().view(*hidden.shape[:-1], len(fields), size)
            parts.append(-logits.log_softmax(-1).gather(-1, targets[..., fields].unsqueeze(-1)).squeeze(-1))
            order += fields
        return torch.cat(parts, dim=-1)[..., torch.tensor(order, device=hidden.device).argsort()]


class ChainHead(nn.Module):
    """Each field from the hidden vector and the earlier fields of the step: the exact chain rule.

    z_k = hidden + sum_{j<k} earlier[j][chosen_j];  logits_0 = out[0](hidden);  logits_k = out[k](mix[k-1](z_k)).
    """

    def __init__(self, width: int, inner: int, field_sizes: Sequence[int]) -> None:
        super().__init__()
        tables = [nn.Embedding(size, width) for size in field_sizes[:-1]]
        self.earlier = nn.ModuleList(tables)
        self.mix = nn.ModuleList([Residual(width, inner) for _ in field_sizes[1:]])
        self.out = nn.ModuleList([_scores(width, size) for size in field_sizes])
        for table in tables:
            nn.init.normal_(table.weight, std=0.5)

    def forward(self, hidden: Tensor, chosen: Tensor) -> Tensor:
        """Float[..., V_k]."""
        field = chosen.shape[-1]
        z = hidden
        for before in range(field):
            z = z + self.earlier[before](chosen[..., before])
        return self._scores_of(z, field)

    def all(self, hidden: Tensor, steps: Tensor) -> Iterator[Tensor]:
        """Float[..., V_k] for every field in turn, each table looked up once."""
        z = hidden
        for field in range(steps.shape[-1]):
            yield self._scores_of(z, field)
            if field < len(self.earlier):
                z = z + self.earlier[field](steps[..., field])

    def _scores_of(self, z: Tensor, field: int) -> Tensor:
        scores: Tensor = self.out[field](self.mix[field - 1](z) if field else z)
        return scores


class RealHead(IndependentHead):
    """Independent fields; those whose values are real numbers get a density over them instead of a free table.

    The first field, which carries the begin and end steps, is always a table. `out[k]` of a real field gives the
    parameters of `density[k]` (see mixture.Mixture), whose log-masses are the logits.
    """

    def __init__(
        self, width: int, field_sizes: Sequence[int], field_values: Sequence[Sequence[float] | None], count: int
    ) -> None:
        densities = {
            field: Mixture(values, count)
            for field, values in enumerate(field_values)
            if field and values is not None
        }
        outputs = [
            densities[field].parameters_needed if field in densities else size
            for field, size in enumerate(field_sizes)
        ]
        super().__init__(width, outputs)
        self.density = nn.ModuleDict({str(field): density for field, density in densities.items()})
        for field, density in densities.items():
            with torch.no_grad():
                cast(nn.Linear, self.out[field]).bias.copy_(density.first_guess())

    def forward(self, hidden: Tensor, chosen: Tensor) -> Tensor:
        """Float[..., V_k]: scores, or log-masses of the bins of a real-valued field."""
        scores = super().forward(hidden, chosen)
        name = str(chosen.shape[-1])
        if name in self.density:
            masses: Tensor = self.density[name](scores.float())
            return masses
        return scores

    def squared(self, hidden: Tensor, steps: Tensor, field: int) -> Tensor | None:
        """Float[...]: squared error with positive pressure of a real field, None for others."""
        if str(field) not in self.density:
            return None
        density = cast(Mixture, self.density[str(field)])
        return density.squared(self.out[field](hidden).float(), steps[..., field])


def head_of(
    config: ModelConfig, field_sizes: Sequence[int], field_values: Sequence[Sequence[float] | None]
) -> IndependentHead | ChainHead | MeanHead:
    """The head that `config.head` names."""
    if config.head == "chain":
        return ChainHead(config.hidden, config.head_width or config.hidden, field_sizes)
    if config.head == "mean":
        return MeanHead(config, field_sizes, field_values)
    if config.head == "independent":
        kind = MultiHotHead if len(field_sizes) > FEW else IndependentHead
        return kind(config.hidden, field_sizes)
    return RealHead(config.hidden, field_sizes, field_values, config.components)
