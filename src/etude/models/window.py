"""A recurrent model that forgets: every prediction reads the last `window` steps anew, from a zero state.

The network of the TensorFlow music tutorial and of systems built on it. It hears numbers, not symbols: the values
of the fields, divided by `scales`. Nothing is kept between predictions, so a prediction costs `window` steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.config import ModelConfig

AT_ONCE = 1024  # windows that are read together: bounds memory


class WindowState(NamedTuple):
    """What was heard last: float[B, window - 1, F], zeros where there was no step yet."""

    heard: Tensor


class Layer(nn.Module):
    """An LSTM with one bias a gate, as Keras counts: the bias is the weight of an input that is always 1."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.cell = nn.LSTM(inputs + 1, width, batch_first=True, bias=False)
        weight, recurrent = self.cell.parameters()
        with torch.no_grad():
            weight.zero_()
            nn.init.xavier_uniform_(weight[:, :-1])
            weight[width : 2 * width, -1] = 1.0  # gates stand in the order input, forget, candidate, output
        nn.init.orthogonal_(recurrent)

    def forward(self, x: Tensor) -> Tensor:
        """Float[N, L, width] from float[N, L, inputs], from a zero state."""
        y: Tensor = self.cell(torch.cat([x, torch.ones_like(x[..., :1])], dim=-1))[0]
        return y


class Window(nn.Module):
    """The body: LSTMs of the widths `sizes` one above the other, dropout between, and a dense ReLU layer if asked.

    With `both_ways` a second LSTM reads the last layer's window from its end to its beginning: the past only.
    """

    hears_values = True  # built with the values of the fields besides their sizes

    def __init__(
        self, config: ModelConfig, field_sizes: Sequence[int], field_values: Sequence[Sequence[float] | None]
    ) -> None:
        super().__init__()
        self.length = config.window
        self.told = [field for field, size in enumerate(field_sizes) if size > 1]
        scales = config.scales_of(field_sizes)
        for field in self.told:
            table = _heard(field_sizes[field], field_values[field], scales[field])
            self.register_buffer(f"values_{field}", table, persistent=False)
        inputs = [len(self.told), *config.sizes]
        self.layers = nn.ModuleList([Layer(below, width) for below, width in zip(inputs, config.sizes)])
        self.backward_layer = Layer(inputs[-2], inputs[-1]) if config.both_ways else None
        self.between = nn.Dropout(config.dropout)
        width = config.sizes[-1] * (2 if config.both_ways else 1)
        self.dense = _dense(width, config.dense) if config.dense else None
        self.last = nn.Dropout(config.last_dropout)

    def start(self, batch: int) -> WindowState:
        """The state before anything was heard, for `batch` rows."""
        return WindowState(self._values(self.told[0]).new_zeros(batch, self.length - 1, len(self.told)))

    def after(self, steps: Tensor) -> WindowState:
        """The state after `steps` int64[B, P, K], without predicting anything on the way."""
        return self._state(self._line(steps, self.start(steps.shape[0])))

    def forward(self, steps: Tensor, state: WindowState | None = None) -> tuple[Tensor, WindowState]:
        """(hidden float[B, T, I], state) after `steps` int64[B, T, K]."""
        rows, length = steps.shape[:2]
        line = self._line(steps, self.start(rows) if state is None else state)
        windows = line.unfold(1, self.length, 1).transpose(2, 3).flatten(0, 1)  # (B * T, L, F)
        hidden = torch.cat([self._read(part) for part in torch.split(windows, AT_ONCE)])
        return hidden.view(rows, length, -1), self._state(line)

    def _values(self, field: int) -> Tensor:
        return cast(Tensor, getattr(self, f"values_{field}"))

    def _line(self, steps: Tensor, state: WindowState) -> Tensor:
        """Float[B, L - 1 + T, F]: what was heard before and what is heard now."""
        now = torch.stack([self._values(field)[steps[..., field]] for field in self.told], dim=-1)
        return torch.cat([state.heard, now], dim=1)

    def _state(self, line: Tensor) -> WindowState:
        return WindowState(line[:, line.shape[1] - self.length + 1 :])

    def _read(self, windows: Tensor) -> Tensor:
        """Float[N, I]: what is left of each of the windows float[N, L, F]."""
        x = windows
        for number, layer in enumerate(self.layers):
            below = self.between(x) if number else x
            x = layer(below)
        out = x[:, -1]
        if self.backward_layer is not None:
            out = torch.cat([out, self.backward_layer(below.flip(1))[:, -1]], dim=-1)
        if self.dense is not None:
            out = F.relu(self.dense(out))
        dropped: Tensor = self.last(out)
        return dropped


def _heard(size: int, values: Sequence[float] | None, scale: float) -> Tensor:
    """Float32[V]: the number that each value of a field is heard as; 0 where it stands for none.

    A field whose values are not told is heard as the share of its range.
    """
    numbers = np.arange(size) / size if values is None else np.nan_to_num(np.asarray(values, np.float64)) / scale
    return torch.tensor(numbers, dtype=torch.float32)


def _dense(inputs: int, width: int) -> nn.Linear:
    layer = nn.Linear(inputs, width)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
