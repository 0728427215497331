"""What a model is made of, as a frozen value that needs no torch: read by recipes, by the engine and by `build`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from etude import registry
from etude.errors import UsageError


@dataclass(frozen=True)
class ModelConfig:
    """The shape of one model. Settings of the other kind are ignored; `field_weights` () means 1 for every field.

    `history` feeds the symbols of that many previous steps as extra inputs, which a small transformer otherwise
    takes long to find by attention; `derived` names numbers worked out of all steps before (see derived.py).
    Attention reaches back over `reach` steps, the present one included, and no
    further, in training as in play, so a piece may be of any length.
    """

    kind: str = "transformer"  # "rnn", "transformer", "window", or the body of a plugin
    width: int = 192  # D, of every layer
    layers: int = 2  # one above the other
    heads: int = 4  # of attention
    dropout: float = 0.1  # share that is left out while learning
    history: int = 0  # the symbols of so many steps before are heard as well
    derived: tuple[
        str, ...
    ] = ()  # heard beside the steps: "age", "before", "class", "leap", "above", "clock", "place", "bar"
    # recurrent models
    cell: Literal["lstm", "gru"] = "lstm"  # of a recurrent model
    norm: Literal["none", "layer", "batch"] = "none"  # after every layer; of a transformer: RMS, or "layer"
    embedding: int = 0  # width of the tables it hears through; 0 = width
    attention: bool = False  # one attention over the past outputs of the last layer
    # attention, of either kind
    positions: Literal["rotary", "relative", "learned"] = "rotary"  # learned: steps beyond `context` share the last
    window: int = 0  # steps that attention, or a window network, sees; 0 = all of `context`
    context: int = 1024  # steps kept at most
    attention_dropout: float = 0.0  # of the shares that attention gives; a transformer's, as in GPT
    input_dropout: float | None = None  # of what a transformer hears; None = dropout
    activation: Literal["squared_relu", "relu", "gelu"] = "squared_relu"  # of a transformer's blocks
    bias: bool = False  # whether the blocks' matrices after attention have biases, as in GPT
    # models of kind "window": they hear the values of the last `window` steps, each over its `scales`
    sizes: tuple[int, ...] = (128,)  # widths of the LSTMs, one above the other
    both_ways: bool = False  # the last of them reads the window backwards too
    scales: tuple[float, ...] = ()  # a number a field, to divide values by, on the way in and out; () = 1 each
    last_dropout: float = 0.0  # of what the heads are fed; `dropout` acts between the layers
    # from the body to the fields
    dense: int = 0  # width of a dense layer before the heads; 0 = none
    # chain: each field of a step hears those before it; real: times as densities; mean: times as means
    head: Literal["chain", "independent", "real", "mean"] = "chain"  # how a step is said
    head_width: int = 0  # hidden units of the chain head's blocks; 0 = as wide as what it is fed
    field_weights: tuple[float, ...] = ()  # of the loss of each field; () = 1 each
    components: int = 4  # logistic components of a real-valued field
    real_loss: Literal["likelihood", "squared"] = "likelihood"  # of real-valued fields
    pitch_loss: Literal["likelihood", "squared"] = "likelihood"  # squared: head "mean" only
    pressure: float = 10.0  # of head "mean": what a predicted number costs for being below zero, times its size

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        for name in ("width", "layers", "heads", "context", "components"):
            _require(getattr(self, name) >= 1, f"model.{name} must be at least 1, not {getattr(self, name)}")
        for name in ("history", "window", "dense", "head_width", "embedding"):
            _require(getattr(self, name) >= 0, f"model.{name} must not be negative, but is {getattr(self, name)}")
        for name in ("dropout", "attention_dropout", "input_dropout"):
            share = getattr(self, name)
            _require(share is None or 0 <= share < 1, f"model.{name} must be in [0, 1), not {share}")
        _require(
            self.kind != "transformer" or self.norm != "batch",
            "model.norm = 'batch' is for recurrent models; a transformer takes 'none' (RMS norms) or 'layer'",
        )
        _require(
            self.kind == "transformer" or self.positions != "learned",
            "model.positions = 'learned' is for transformers; take 'rotary' or 'relative'",
        )
        if self.kind == "window":
            self._check_window()
        _require(
            self.head == "mean" or self.pitch_loss == "likelihood", "model.pitch_loss = 'squared' needs head 'mean'"
        )
        if self.kind != "window" and (self.kind == "transformer" or self.attention):
            _require(
                self.width % (2 * self.heads) == 0,
                f"model.width ({self.width}) must be a multiple of twice model.heads ({self.heads})",
            )

    def _check_window(self) -> None:
        _require(self.window >= 1, "model.window must say how many steps a model of kind 'window' hears")
        _require(
            bool(self.sizes) and min(self.sizes) >= 1, f"model.sizes must be widths of layers, not {self.sizes}"
        )
        _require(0 <= self.last_dropout < 1, f"model.last_dropout must be in [0, 1), not {self.last_dropout}")

    @property
    def lead(self) -> int:
        """How many steps should stand before a row of training, so that its first target sees all it can."""
        return self.window - 1 if self.kind == "window" else 0

    @property
    def reach(self) -> int:
        """How many steps attention sees, the present one included."""
        return min(self.window, self.context) if self.window else self.context

    @property
    def hidden(self) -> int:
        """D, the width of what the body hands to the head."""
        if self.kind == "window" and not self.dense:
            return self.sizes[-1] * (2 if self.both_ways else 1)
        return self.dense or self.width

    def weights_of(self, field_sizes: Sequence[int]) -> tuple[float, ...]:
        """The loss weight of every field. Raises UsageError when their number does not fit."""
        return self._of_fields("field_weights", field_sizes)

    def scales_of(self, field_sizes: Sequence[int]) -> tuple[float, ...]:
        """What the values of every field are divided by. Raises UsageError when their number does not fit."""
        scales = self._of_fields("scales", field_sizes)
        _require(min(scales) > 0, f"model.scales must be positive, but are {scales}")
        return scales

    def _of_fields(self, name: str, field_sizes: Sequence[int]) -> tuple[float, ...]:
        """The setting `name`, one number a field; 1 for each where it is ()."""
        given: tuple[float, ...] = getattr(self, name) or (1.0,) * len(field_sizes)
        what = f"model.{name} has {len(given)} numbers for {len(field_sizes)} fields"
        _require(len(given) == len(field_sizes), what)
        return given


def _check_kind(kind: str) -> None:
    """Raises UsageError for what is no network; only names are looked at."""
    networks = [name for name in registry.names("models") if name != "ngram"]
    if kind not in networks:
        raise registry.unknown("models", kind, networks)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(f"{message}.")
