"""The exported model: written once, stepped one event at a time without torch."""

from etude.engine.export import export, exported_bytes
from etude.engine.exported import Exported, load
from etude.engine.parity import Choice, Parity, choose_precision, parity

__all__ = ["Choice", "Exported", "Parity", "choose_precision", "export", "exported_bytes", "load", "parity"]
