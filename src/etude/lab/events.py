"""What a training tells whoever watches it: one JSON object a line, from the trainer process to its parent."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Watcher = Callable[[Mapping[str, Any]], None]  # called with every event; "event" names its kind


def nobody(event: Mapping[str, Any]) -> None:
    """A watcher that looks away."""


def announce(event: str, **values: Any) -> None:
    """Writes one event to stdout, where the parent reads it."""
    sys.stdout.write(json.dumps({"event": event, **values}, default=_plain) + "\n")
    sys.stdout.flush()


def parse(line: str) -> dict[str, Any] | None:
    """The event a line holds; None for anything else a library may have printed."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "event" in value else None


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
