"""Muon for the matrices inside a body, AdamW for tables, scores and single numbers, as one optimiser.

Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024); steps are scaled to those
of AdamW (Liu et al. 2025, arXiv:2502.16982), so that one learning rate serves both. The step of a matrix is its
momentum made orthogonal: every direction moves alike, which learns more from the same music.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.95)  # of AdamW
MOMENTUM = 0.95
TABLES = ("embed", "history", "heard", "places", "earlier", "head.out", "attention.bias")  # in their names


def is_hidden_matrix(name: str, parameter: Tensor) -> bool:
    """Whether Muon takes the parameter called `name`: a matrix between hidden layers, no table and no scores."""
    return parameter.dim() == 2 and not any(part in name for part in TABLES)


class Muon:
    """The two optimisers behind the methods of one."""

    def __init__(self, model: nn.Module, rate: float, decay: float) -> None:
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        hidden = [p for name, p in named if is_hidden_matrix(name, p)]
        others = [p for name, p in named if not is_hidden_matrix(name, p)]
        groups = [
            {"params": [p for p in others if p.dim() > 1], "weight_decay": decay},
            {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
        ]
        adam = torch.optim.AdamW([g for g in groups if g["params"]], lr=rate, betas=BETAS, fused=True)
        parts: list[torch.optim.Optimizer] = [adam]
        if hidden:
            muon = torch.optim.Muon(
                hidden, lr=rate, weight_decay=decay, momentum=MOMENTUM, adjust_lr_fn="match_rms_adamw"
            )
            parts.append(muon)
        self.parts = parts

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both, AdamW's first; their rates may be set."""
        return [group for part in self.parts for group in part.param_groups]

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """What is remembered of each parameter."""
        return {parameter: value for part in self.parts for parameter, value in part.state.items()}

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none)

    def step(self) -> None:
        """One update of every parameter."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Groups and states, parameters numbered through all groups."""
        groups, first = [], 0
        for group in self.param_groups:
            count = len(group["params"])
            groups.append({**group, "params": list(range(first, first + count))})
            first += count
        return {"param_groups": groups}

    def load_state_dict(self, values: Mapping[str, Any]) -> None:
        """Takes up `values` of the form of `state_dict`, with the "state" of each parameter by number."""
        first = 0
        for part in self.parts:
            count = sum(len(group["params"]) for group in part.param_groups)
            state = {number - first: one for number, one in values["state"].items() if 0 <= number - first < count}
            part.load_state_dict({"state": state, "param_groups": part.state_dict()["param_groups"]})
            first += count
