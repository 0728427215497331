"""The optimiser, and all that must survive a restart besides the weights, as arrays by name."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from etude.training.checkpoint import Arrays
from etude.training.config import TrainingConfig
from etude.training.orthogonal import Muon

_RANDOM = "random."


def optimiser_of(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer | Muon:
    """The optimiser that `config` names, with weight decay on matrices and tables only."""
    if config.optimiser == "muon":
        return Muon(model, config.learning_rate, config.weight_decay)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optimiser == "rmsprop":
        return torch.optim.RMSprop(groups, lr=config.learning_rate)
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    betas = (0.9, 0.95) if config.optimiser == "adamw" else (0.9, 0.999)
    return kind(groups, lr=config.learning_rate, betas=betas, fused=True)


def arrays_of(optimiser: torch.optim.Optimizer | Muon, model: nn.Module) -> Arrays:
    """Copies of the optimiser's tensors as "moment/parameter", and of the states of the random generators."""
    out: Arrays = {}
    for name, parameter in model.named_parameters():
        for moment, value in optimiser.state.get(parameter, {}).items():
            out[f"{moment}/{name}"] = _copy(torch.as_tensor(value))
    out[f"{_RANDOM}cpu"] = _copy(torch.get_rng_state())
    if torch.cuda.is_available():
        out[f"{_RANDOM}cuda"] = _copy(torch.cuda.get_rng_state())
    return out


def restore(optimiser: torch.optim.Optimizer | Muon, model: nn.Module, arrays: Arrays) -> None:
    """Puts back what `arrays_of` copied."""
    places = {id(p): i for i, p in enumerate(p for group in optimiser.param_groups for p in group["params"])}
    state: dict[int, dict[str, torch.Tensor]] = {}
    parameters = dict(model.named_parameters())
    for key, value in arrays.items():
        moment, slash, name = key.partition("/")
        if slash:
            state.setdefault(places[id(parameters[name])], {})[moment] = torch.from_numpy(np.array(value))
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(torch.from_numpy(np.array(arrays[f"{_RANDOM}cpu"])))
    if torch.cuda.is_available() and f"{_RANDOM}cuda" in arrays:
        torch.cuda.set_rng_state(torch.from_numpy(np.array(arrays[f"{_RANDOM}cuda"])))


def _copy(tensor: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    return tensor.detach().cpu().numpy().copy()
