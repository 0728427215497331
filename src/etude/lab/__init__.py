"""The lab: runs, recipes, training, composing, evaluating; everything the command line does, as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.lab.composing import compose
    from etude.lab.evaluating import evaluate
    from etude.lab.launch import train
    from etude.lab.loading import load

__all__ = ["compose", "evaluate", "load", "train"]

_HOMES = {"compose": "composing", "evaluate": "evaluating", "load": "loading", "train": "launch"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"etude.lab.{_HOMES[name]}"), name)
