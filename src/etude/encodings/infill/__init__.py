"""Gaps in pieces: any encoding can be told what comes later before it fills them."""

from __future__ import annotations

from typing import Any, cast

from etude.encodings.base import Encoding
from etude.encodings.infill.cutting import Cutting
from etude.encodings.infill.infilling import LONGEST, Infilling, gap_marker
from etude.encodings.infill.rearranging import Gap, Sides, gaps, infilling_of, rearranged, restored, sides
from etude.encodings.infill.table import cutting

__all__ = [
    "LONGEST",
    "Cutting",
    "Gap",
    "Infilling",
    "Sides",
    "cutting",
    "gap_marker",
    "gaps",
    "infilling_of",
    "rearranged",
    "restored",
    "sides",
    "with_markers",
]


def with_markers(inner: Encoding, infill: bool) -> Encoding:
    """`inner` with markers when `infill`; itself else. Raises UsageError where its steps cannot be cut."""
    made: Any = Infilling(inner) if infill else inner
    return cast("Encoding", made)
