"""Which encodings can be cut, and how; a plugin brings its own as `cutting`."""

from __future__ import annotations

from collections.abc import Callable

from etude.encodings.base import Encoding
from etude.encodings.infill.bars import AbcCuts, EventCuts
from etude.encodings.infill.cutting import Cutting, WaitCuts
from etude.encodings.infill.frames import ChoraleCuts, FrameCuts
from etude.errors import UsageError

CUTS: dict[str, Callable[[Encoding], Cutting]] = {
    "abc": AbcCuts,
    "chorale": ChoraleCuts,
    "roll": FrameCuts,
    "notes": WaitCuts,
    "chords": WaitCuts,
    "events": EventCuts,
}


def cutting(encoding: Encoding) -> Cutting:
    """How steps of `encoding`, one without wrappers, are cut. Raises UsageError where that cannot be told."""
    own: Callable[[Encoding], Cutting] | None = getattr(encoding, "cutting", None) or CUTS.get(encoding.name)
    if own is None:
        raise UsageError(
            f"Music in the encoding '{encoding.name}' cannot be cut at bar lines, so no bars can be filled in: "
            f"take a model of one of {', '.join(sorted(CUTS))}."
        )
    return own(encoding)
