"""The weights of the last updates, averaged: what is judged and kept where `training.average` is above 0.

Sources: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992); as an exponential
moving average with a short memory at the start, Tarvainen and Valpola, "Mean teachers" (NeurIPS 2017).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from etude.training.checkpoint import Arrays

_PREFIX, _UPDATES = "average/", "average.updates"
YOUNG = 10  # after n updates no more than (1 + n) / (YOUNG + n) of what stood before is kept


class Average:
    """A moving average of the parameters of a model, with `decay` the share that each update leaves of it.

    With a decay of 0 it is the model itself and costs nothing.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values: dict[str, Tensor] = {}
        if decay:
            self.values = {name: value.detach().clone() for name, value in model.named_parameters()}

    @torch.no_grad()
    def follow(self, model: nn.Module) -> None:
        """Takes the weights of one more update in."""
        if not self.decay:
            return
        self.updates += 1
        kept = min(self.decay, (1 + self.updates) / (YOUNG + self.updates))
        for name, value in model.named_parameters():
            self.values[name].lerp_(value, 1 - kept)

    @contextlib.contextmanager
    def in_place(self, model: nn.Module) -> Iterator[None]:
        """The model with the averaged weights; afterwards it has its own again."""
        own = {name: value.detach().clone() for name, value in model.named_parameters() if self.decay}
        self._put(model, self.values)
        try:
            yield
        finally:
            self._put(model, own)

    def arrays(self) -> Arrays:
        """What a checkpoint keeps beside the optimiser's arrays."""
        if not self.decay:
            return {}
        out: Arrays = {f"{_PREFIX}{name}": value.cpu().numpy().copy() for name, value in self.values.items()}
        return out | {_UPDATES: np.array(self.updates)}

    def taken(self, arrays: Arrays) -> Arrays:
        """`arrays` of a checkpoint without those of `arrays()`, which are put back here."""
        rest = dict(arrays)
        if self.decay:
            self.updates = int(rest.pop(_UPDATES))
        for name, value in self.values.items():
            value.copy_(torch.from_numpy(np.array(rest.pop(f"{_PREFIX}{name}"))))
        return rest

    @torch.no_grad()
    def _put(self, model: nn.Module, values: dict[str, Tensor]) -> None:
        for name, value in model.named_parameters():
            if name in values:
                value.copy_(values[name])
