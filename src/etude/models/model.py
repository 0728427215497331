"""A torch model from its configuration: a body that runs once a step and a head that runs once a field.

Parameter names, as they stand in checkpoints and as the engine reads them. D = width, I = hidden (the width the
head is fed: `dense`, or else `width`), V_k = size of field k, W = head_width. Linear weights are [out, in].

| name | shape | when |
|---|---|---|
| body.input.embed.{k}.weight | V_k, D (rnn with `embedding`: that width instead of D) | always |
| body.input.history.{lag}.{k}.weight | V_k + 1, D (row 0: no step yet) | history > lag; lag 0 is the step before |
| body.input.heard.{g}.weight, body.input.derived.numbers | as derived.py says, D; K, V (int64) | derived |
| body.input.derived.timing | V, 4 (int64): as bars.py says | derived holds "bar" |
| body.input.derived.music | (int64): values of the first field that are music | derived holds "place" |
| body.layers.{l}.norm1.weight, .norm2.weight | D | transformer (root mean square or layer norm, epsilon 1e-5) |
| body.layers.{l}.norm1.bias, .norm2.bias, body.norm.bias | D | transformer, norm = layer |
| body.layers.{l}.attention.out.bias, .up.bias, .down.bias | D, 4D, D | transformer, bias |
| body.places.weight | context, D | positions = learned |
| body.layers.{l}.attention.qkv.weight | 3D, D (all q, all k, all v; heads inside) | transformer |
| body.layers.{l}.attention.out.weight | D, D | transformer |
| body.layers.{l}.attention.bias | heads, min(reach, 512) (by distance; last: all beyond) | positions = relative |
| body.layers.{l}.up.weight, .down.weight | 4D, D and D, 4D | transformer (`activation` between) |
| body.norm.weight | D | transformer, after the last layer |
| body.layers.{l}.weight_ih_l0, .weight_hh_l0 | gD, D (LSTM g = 4: i, f, g, o; GRU g = 3: r, z, n) | rnn |
| body.layers.{l}.bias_ih_l0, .bias_hh_l0 | gD | rnn |
| body.norms.{l}.weight, .bias | D | norm = layer (epsilon 1e-5) or batch |
| body.norms.{l}.running_mean, .running_var | D | norm = batch (epsilon 1e-5) |
| body.attention.qkv.weight, .out.weight, .bias | as above | rnn with attention: x + attention(x) after the layers |
| body.dense.weight, .bias | I, D and I | dense > 0 (GELU, tanh form, after) |
| body.layers.{l}.cell.weight_ih_l0, .weight_hh_l0 | 4D, inputs + 1 (the bias) and 4D, D | window; D = sizes[l] |
| body.backward_layer.cell.weight_ih_l0, .weight_hh_l0 | as the last layer | window, both_ways |
| head.out.{k}.weight, .bias | V_k, I and V_k (a real field: its parameters instead of V_k) | always |
| head.earlier.{k}.weight | V_k, I | chain, k < K - 1 |
| head.mix.{k - 1}.norm.weight, .norm.bias | I (layer norm, epsilon 1e-5) | chain, k > 0 |
| head.mix.{k - 1}.up.weight, .bias, .down.weight, .bias | W, I; W; I, W; I | chain, k > 0 |
| head.edges, head.width.{k}, head.gates.{k} | 2, 1, 1 + unnamed values | head = mean |
| head.density.{k}.values, .edges, .rank, .nameless | see mixture.py | real fields |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude import registry
from etude.errors import UsageError
from etude.models.config import ModelConfig
from etude.models.derived import Derived, Timing
from etude.models.heads import MultiHotHead, RealHead, head_of
from etude.models.means import MeanHead


class Model(nn.Module):
    """A body and a head.

    `model.body(steps int64[B, T, K], state) -> (hidden float[B, T, I], state)`, state None before the first step;
    `model.body.start(B)` is that state.
    `model.head(hidden float[..., I], chosen int64[..., k]) -> logits float[..., V_k]`.
    """

    def __init__(
        self,
        config: ModelConfig,
        field_sizes: Sequence[int],
        field_values: Sequence[Sequence[float] | None],
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.field_sizes = tuple(field_sizes)
        self.field_weights = config.weights_of(field_sizes)
        self.body: Any = _body(config, field_sizes, field_values, timing)
        self.head = head_of(config, field_sizes, field_values)

    def nats(self, steps: Tensor) -> Tensor:
        """Float[B, T, K]: -ln p of every field of steps[:, 1:], given `steps` int64[B, T + 1, K]."""
        hidden, _ = self.body(steps[:, :-1])
        return self.price(hidden, steps[:, 1:])

    def price(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Float[B, T, K]: -ln p of `targets` int64[B, T, K] that follow `hidden` float[B, T, I]."""
        if isinstance(self.head, MultiHotHead):
            return self.head.prices(hidden, targets)
        fields = enumerate(self.head.all(hidden, targets))
        return torch.stack([_nats(logits, targets[..., field]) for field, logits in fields], dim=-1)

    def losses(self, steps: Tensor, smoothing: float = 0.0, lead: int = 0) -> tuple[Tensor, Tensor]:
        """(loss float[B, T], nats float[B, T]) of the last T of `steps` int64[B, lead + 1 + T, K].

        The loss weighs the fields and may differ from the likelihood (smoothing, squared error); nats never do.
        """
        state = self.after(steps[:, :lead]) if lead else None
        hidden, _ = self.body(steps[:, lead:-1], state)
        targets = steps[:, lead + 1 :]
        if isinstance(self.head, MultiHotHead) and not smoothing:
            prices = self.head.prices(hidden, targets)
            return prices @ prices.new_tensor(self.field_weights), prices.detach().sum(-1)
        loss = hidden.new_zeros(targets.shape[:2], dtype=torch.float32)
        nats = torch.zeros_like(loss)
        for field, logits in enumerate(self.head.all(hidden, targets)):
            price = _nats(logits, targets[..., field])
            nats = nats + price.detach()
            loss = loss + self.field_weights[field] * self._loss(hidden, targets, field, logits, price, smoothing)
        return loss, nats

    def after(self, steps: Tensor) -> Any:
        """The body's state after `steps` int64[B, P, K]."""
        cheaply = getattr(self.body, "after", None)
        return self.body(steps)[1] if cheaply is None else cheaply(steps)

    def _loss(
        self, hidden: Tensor, targets: Tensor, field: int, logits: Tensor, price: Tensor, smoothing: float
    ) -> Tensor:
        if isinstance(self.head, MeanHead) or (
            isinstance(self.head, RealHead) and self.config.real_loss == "squared"
        ):
            error = self.head.squared(hidden, targets, field)
            if error is not None:
                return error + price
        if smoothing:
            return _nats(logits, targets[..., field], smoothing)
        return price


def _body(
    config: ModelConfig,
    field_sizes: Sequence[int],
    field_values: Sequence[Sequence[float] | None],
    timing: Timing | None,
) -> nn.Module:
    """The body that `config.kind` names; one that hears numbers is told what the values of the fields are."""
    kind = registry.get("models", config.kind)
    told: list[Any] = [field_values] if getattr(kind, "hears_values", False) else []
    told += [timing] if getattr(kind, "hears_timing", False) else []
    body: nn.Module = kind(config, field_sizes, *told)
    return body


def _nats(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Float32[...]: -ln p of `targets` int64[...] under `logits` [..., V]."""
    flat = logits.float().flatten(0, -2)
    return F.cross_entropy(flat, targets.flatten(), reduction="none", label_smoothing=smoothing).view(targets.shape)


def build(
    config: ModelConfig,
    field_sizes: Sequence[int],
    field_values: Sequence[Sequence[float] | None] | None = None,
    timing: Timing | None = None,
    beside: int = 0,
) -> Model:
    """A model with fresh weights (drawn from torch's generator: seed it first).

    `field_values[k]` says what each value of field k stands for, or None; heads "real" and "mean" need it.
    `timing` says what each value of the first field does to the bar (see bars.py); derived column "bar" needs it.
    `beside` says how many of its last values are no music; derived column "place" does not count them.
    """
    if not field_sizes or min(field_sizes) < 1:
        raise UsageError(f"A model needs at least one field of at least one value, not {tuple(field_sizes)}.")
    values = list(field_values) if field_values is not None else [None] * len(field_sizes)
    if len(values) != len(field_sizes):
        raise UsageError(f"There are {len(values)} lists of field values for {len(field_sizes)} fields.")
    if config.head in ("real", "mean") and all(one is None for one in values[1:]):
        raise UsageError(
            f"model.head = '{config.head}' needs a field, after the first, whose values are numbers; this encoding "
            "has none. Use head 'chain' or 'independent', or the encoding 'notes'."
        )
    model = Model(config, field_sizes, values, timing)
    for part in model.modules():
        if isinstance(part, Derived) and "place" in part.names:
            part.music -= beside
    return model


def parameter_count(model: nn.Module) -> int:
    """How many trained numbers the model has."""
    return sum(parameter.numel() for parameter in model.parameters())


def weights_of(model: nn.Module) -> dict[str, Any]:
    """The weights and buffers by name, as NumPy arrays on the CPU."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
