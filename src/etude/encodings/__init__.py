"""Score <-> steps: every way etude turns music into integers, built by name."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from etude import registry
from etude.config import from_mapping
from etude.encodings.base import BEGIN, END, Encoding, Field, Reader, Steps, decode, events_of, is_lawful
from etude.encodings.conditions import SETTINGS, told_of
from etude.encodings.infill import with_markers
from etude.errors import UsageError

__all__ = ["BEGIN", "END", "Encoding", "Field", "Reader", "Steps", "build", "decode", "events_of", "is_lawful"]


def build(name: str, **settings: Any) -> Encoding:
    """The encoding called `name` with `settings`. Raises UsageError for a name or a setting it does not know.

    Every encoding takes `conditions`, what its pieces are told before the first note, and with them `composers` and
    `labels`: see `etude.encodings.conditions`. With `infill` a piece can also be told with a gap that is filled
    last: see `etude.encodings.infill`.
    """
    maker = cast("type[Any]", registry.get("encodings", name))
    told = {key: settings.pop(key) for key in SETTINGS if key in settings}
    infill = bool(settings.pop("infill", False))
    try:
        built: Any = from_mapping(maker, settings) if dataclasses.is_dataclass(maker) else maker(**settings)
        return told_of(with_markers(cast("Encoding", built), infill), told.pop("conditions", ""), **told)
    except TypeError as error:  # a plugin that is no dataclass
        raise UsageError(f"The encoding '{name}' cannot be built with {settings}: {error}.") from error
