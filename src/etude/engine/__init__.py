"""The exported model: written once, stepped one event at a time without torch. Importing it loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.engine.checking import Choice, Parity, choose_precision, parity
    from etude.engine.exportable import check_exportable, never_exported
    from etude.engine.exported import Exported, load
    from etude.engine.exporting import export, exported_bytes

__all__ = [
    "Choice",
    "Exported",
    "Parity",
    "check_exportable",
    "choose_precision",
    "export",
    "exported_bytes",
    "load",
    "never_exported",
    "parity",
]

_HOMES = {
    "check_exportable": "exportable",
    "never_exported": "exportable",
    "export": "exporting",
    "exported_bytes": "exporting",
    "Exported": "exported",
    "load": "exported",
    "Choice": "checking",
    "Parity": "checking",
    "choose_precision": "checking",
    "parity": "checking",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
