"""A density over the real line, cut into bins: exact log-masses that sum to one.

A mixture of logistic distributions (Salimans et al. 2017, arXiv:1701.05517) over the values of a field, in the
field's own unit. Bin i reaches from halfway to the value below to halfway to the value above; the
outermost bins reach to infinity. Values that stand for no number (NaN) get a probability of their own each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.errors import UsageError

PRESSURE = 10.0  # how much more a value below zero costs, as in the TensorFlow music tutorial


class Mixture(nn.Module):
    """Parameters in, log-masses out. Parameters, in this order: for C components weights, centres, log widths (C
    each), then, where some values are NaN, scores of (a number, each NaN value in turn).
    """

    values: Tensor  # float32[V], NaN as 0
    edges: Tensor  # float32[N - 1], borders of the N bins in rising order
    rank: Tensor  # int64[N]: the value whose bin stands at each place in rising order
    nameless: Tensor  # int64[V - N]: the values that stand for no number

    def __init__(self, values: Sequence[float], components: int) -> None:
        super().__init__()
        grid = np.asarray(values, np.float64)
        order = np.argsort(np.where(np.isnan(grid), np.inf, grid), kind="stable")
        rank = order[: int((~np.isnan(grid)).sum())]
        inside = grid[rank]
        if not len(inside) or not np.isfinite(inside).all() or (np.diff(inside) <= 0).any():
            raise UsageError(
                "A real-valued field needs finite values that differ from each other; those of this field do not. "
                "Use model.head 'chain' or 'independent'."
            )
        self.components = components
        self.spread = float(max(inside.std(), 1e-6))
        self.register_buffer("values", torch.tensor(np.nan_to_num(grid), dtype=torch.float32))
        self.register_buffer("edges", torch.tensor((inside[1:] + inside[:-1]) / 2, dtype=torch.float32))
        self.register_buffer("rank", torch.tensor(rank))
        self.register_buffer("nameless", torch.tensor(np.flatnonzero(np.isnan(grid))))

    @property
    def parameters_needed(self) -> int:
        """How many numbers `forward` takes a bin grid."""
        others = len(self.nameless)
        return 3 * self.components + (1 + others if others else 0)

    def first_guess(self) -> Tensor:
        """Float32[parameters_needed]: components spread over the values, each reaching to its neighbours."""
        guess = torch.zeros(self.parameters_needed)
        count = self.components
        places = self.values[self.rank].double().quantile((torch.arange(count, dtype=torch.float64) + 0.5) / count)
        guess[count : 2 * count] = places.float()
        guess[2 * count : 3 * count] = float(np.log(self.spread / count))
        return guess

    def forward(self, parameters: Tensor) -> Tensor:
        """Float[..., V]: the log-mass of every value, given float[..., parameters_needed]."""
        weight, centre, width, others = self._split(parameters)
        spread = width.exp()
        cut = (self.edges[:, None] - centre[..., None, :]) / spread[..., None, :]  # (..., N - 1, C)
        # sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b)), without loss of digits
        below = F.pad(F.logsigmoid(cut), (0, 0, 0, 1))  # the last bin has no upper border
        above = F.pad(F.logsigmoid(-cut), (0, 0, 1, 0))  # the first no lower one
        gap = (self.edges[1:] - self.edges[:-1])[:, None] / spread[..., None, :]
        between = F.pad(torch.log(-torch.expm1(-gap)), (0, 0, 1, 1)) if len(self.edges) else 0.0
        mass = torch.logsumexp(below + above + between + F.log_softmax(weight, -1)[..., None, :], dim=-1)
        if others is None:
            return self._place(mass, None)
        gate = F.log_softmax(others, dim=-1)
        return self._place(mass + gate[..., :1], gate[..., 1:])

    def _place(self, mass: Tensor, others: Tensor | None) -> Tensor:
        """Float[..., V] in the order of the values from masses in rising order."""
        whole = mass if others is None else torch.cat([mass, others], dim=-1)
        return whole[..., torch.argsort(torch.cat([self.rank, self.nameless]))]

    def _split(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        count = self.components
        weight, centre, width = (parameters[..., i * count : (i + 1) * count] for i in range(3))
        lowest = float(np.log(self.spread)) - 12.0  # keeps gaps over widths inside float32
        return (
            weight,
            centre,
            width.clamp(lowest, lowest + 24.0),
            parameters[..., 3 * count :] if len(self.nameless) else None,
        )

    def squared(self, parameters: Tensor, targets: Tensor) -> Tensor:
        """Float[...]: (value - mean)^2 + 10 max(-mean, 0); 0 where the target stands for no number."""
        weight, centre, _, _ = self._split(parameters)
        mean = (F.softmax(weight, dim=-1) * centre).sum(-1)
        error = (self.values[targets] - mean) ** 2 + PRESSURE * F.relu(-mean)
        return torch.where(torch.isin(targets, self.nameless), 0.0, error)
