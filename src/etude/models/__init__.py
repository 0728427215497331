"""Sequence models: integers in, logits out. They never know that they are making music.

Importing this room loads no torch; building a torch model does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etude.models.config import ModelConfig

if TYPE_CHECKING:
    from etude.models.model import build
    from etude.models.ngram import NGram
    from etude.models.pricing import nats_many
    from etude.models.stepping import TorchStepper

__all__ = ["ModelConfig", "NGram", "TorchStepper", "build", "nats_many"]

_WHERE = {"build": "model", "NGram": "ngram", "TorchStepper": "stepping", "nats_many": "pricing"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        module = import_module(f"etude.models.{_WHERE[name]}")
    except ModuleNotFoundError as error:
        if error.name == "torch":
            from etude.errors import MissingPart

            raise MissingPart("Training and running torch models", "train") from error
        raise
    return getattr(module, name)
