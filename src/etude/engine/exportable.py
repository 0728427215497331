"""What the engine can run, asked before a model is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etude.errors import UsageError

HELD: dict[str, tuple[Any, ...]] = {  # settings -> the values the engine has a graph for
    "kind": ("rnn", "transformer"),
    "positions": ("rotary", "relative"),
    "activation": ("squared_relu",),
    "bias": (False,),
    "embedding": (0,),
    "head": ("chain", "independent", "real"),
}


def never_exported(config: Mapping[str, Any]) -> str:
    """Why the engine has no graph for models of this kind, as a sentence; "" where it has.

    Such a model can be trained, judged and played through torch.
    """
    for name, held in HELD.items():
        value = config.get(name, held[0])
        if value not in held and (name != "positions" or config["kind"] == "transformer"):
            return f"The engine has no model with model.{name} = {value!r}; it is played through torch."
    if config["kind"] == "transformer" and config["norm"] == "layer":
        return "The engine has no transformer with model.norm = 'layer'; it is played through torch."
    return ""


def check_exportable(config: Mapping[str, Any]) -> None:
    """Raises UsageError when the engine could not run a model of this configuration: ask before training it.

    Models that are never exported (`never_exported`) pass.
    ONNX Runtime's attention wants heads of a multiple of 16 values with rotary positions, of 8 with relative ones.
    """
    if never_exported(config) or (config["kind"] != "transformer" and not config["attention"]):
        return
    size, step = config["width"] // config["heads"], 16 if config["positions"] == "rotary" else 8
    if size % step:
        width = config["heads"] * (size // step + 1) * step
        raise UsageError(
            f"model.width / model.heads is {size}; with {config['positions']} positions it must be a multiple of "
            f"{step}, or the model could not be exported. Try model.width={width}."
        )
