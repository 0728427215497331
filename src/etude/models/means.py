"""The heads of the TensorFlow music tutorial: scores for the first field, one number for every other.

The number is trained as there, by its squared error, which is no likelihood. To price music all the same, a
logistic density stands around it: its width, one number a field, is learned by likelihood, and so is how often a
piece begins and ends. Neither moves the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.errors import UsageError
from etude.models.config import ModelConfig
from etude.models.mixture import Mixture

SPECIAL = 2  # values of the first field that begin and end a piece, and are no pitch
FRESH_WIDTH = 0.1  # of a density, in the unit the field is predicted in


class MeanHead(nn.Module):
    """Independent fields, as `models.heads` says; one of a single value costs nothing and has no weights.

    `out[0]` scores the V_0 - 2 values that are no begin or end; `out[k]` of a field with values gives one number,
    that of another field scores. `edges`, `width` and `gates` are the numbers that make it a likelihood.
    """

    pitches: Tensor  # float32[V_0]: what the values of the first field stand for; begin and end as 0

    def __init__(
        self, config: ModelConfig, field_sizes: Sequence[int], field_values: Sequence[Sequence[float] | None]
    ) -> None:
        super().__init__()
        if field_sizes[0] <= SPECIAL:
            raise UsageError("model.head = 'mean' needs a first field with more values than begin and end.")
        self.sizes = tuple(field_sizes)
        self.squares_scores = config.pitch_loss == "squared"
        self.squares_numbers = config.real_loss == "squared"
        self.pressure = config.pressure
        scales = config.scales_of(field_sizes)
        densities = {
            str(field): Mixture((np.asarray(values, np.float64) / scales[field]).tolist(), 1)
            for field, values in enumerate(field_values)
            if field and values is not None and field_sizes[field] > 1
        }
        outputs = {str(field): size for field, size in enumerate(field_sizes) if size > 1}
        outputs |= {"0": field_sizes[0] - SPECIAL} | dict.fromkeys(densities, 1)
        self.out = nn.ModuleDict({name: _scores(config.hidden, size) for name, size in outputs.items()})
        self.density = nn.ModuleDict(densities)
        self.edges = nn.Parameter(torch.full((SPECIAL,), -6.0))
        self.width = nn.ParameterDict(
            {name: nn.Parameter(torch.full((1,), FRESH_WIDTH).log()) for name in densities}
        )
        self.gates = nn.ParameterDict(
            {
                name: nn.Parameter(torch.zeros(1 + len(one.nameless)))
                for name, one in densities.items()
                if len(one.nameless)
            }
        )
        pitches = np.nan_to_num(field_values[0] or np.arange(field_sizes[0]))
        self.register_buffer("pitches", torch.tensor(pitches, dtype=torch.float32), persistent=False)

    @property
    def beside(self) -> int:
        """How many trained numbers make it a likelihood and are no part of the tutorial's network."""
        own = [self.edges, *self.width.values(), *self.gates.values()]
        return sum(parameter.numel() for parameter in own)

    def forward(self, hidden: Tensor, chosen: Tensor) -> Tensor:
        """Float[..., V_k]: log-probabilities of field k, whatever was chosen."""
        field = chosen.shape[-1]
        if not field:
            return self._pitch(hidden)
        if str(field) in self.density:
            return self._masses(hidden, str(field))
        if self.sizes[field] == 1:
            return hidden.new_zeros(*hidden.shape[:-1], 1, dtype=torch.float32)
        scores: Tensor = self.out[str(field)](hidden)
        return scores

    def all(self, hidden: Tensor, steps: Tensor) -> Iterator[Tensor]:
        """Float[..., V_k] for every field in turn."""
        for field in range(steps.shape[-1]):
            yield self(hidden, steps[..., :field])

    def mean(self, hidden: Tensor, field: int) -> Tensor | None:
        """Float32[...]: the number predicted for a field, over its scale; None for a field of no numbers."""
        if str(field) not in self.density:
            return None
        number: Tensor = self.out[str(field)](hidden).float()[..., 0]
        return number

    def squared(self, hidden: Tensor, steps: Tensor, field: int) -> Tensor | None:
        """Float[...]: what stands in the loss of a field in place of its likelihood; None where that is trained."""
        if field == 0 and self.squares_scores:
            return self._against_every_score(hidden, steps[..., 0])
        mean = self.mean(hidden, field) if self.squares_numbers else None
        if mean is None:
            return None
        density = cast(Mixture, self.density[str(field)])
        true = density.values[steps[..., field]]
        error = (true - mean) ** 2 + self.pressure * F.relu(-mean)
        return torch.where(torch.isin(steps[..., field], density.nameless), 0.0, error)

    def _pitch(self, hidden: Tensor) -> Tensor:
        scores = self.out["0"](hidden).float()
        if self.squares_scores:
            scores = scores.detach()
        gate = F.log_softmax(torch.cat([self.edges.new_zeros(1), self.edges]), dim=-1)
        special = gate[1:].expand(*scores.shape[:-1], SPECIAL)
        return torch.cat([special, gate[0] + F.log_softmax(scores, dim=-1)], dim=-1)

    def _masses(self, hidden: Tensor, name: str) -> Tensor:
        mean = cast(Tensor, self.mean(hidden, int(name)))[..., None]
        if self.squares_numbers:
            mean = mean.detach()
        parts = [torch.zeros_like(mean), mean, self.width[name].expand_as(mean)]
        if name in self.gates:
            parts.append(self.gates[name].expand(*mean.shape[:-1], -1))
        masses: Tensor = self.density[name](torch.cat(parts, dim=-1))
        return masses

    def _against_every_score(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Float[...]: the mean of (pitch - score)^2 over all scores: what Keras makes of unlike shapes."""
        scores = self.out["0"](hidden).float()
        error = ((self.pitches[targets][..., None] - scores) ** 2).mean(-1)
        return torch.where(targets < SPECIAL, 0.0, error)


def _scores(width: int, size: int) -> nn.Linear:
    layer = nn.Linear(width, size)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
