"""What a piece can be told before its first note: key, meter, type, form, composer and more, over any encoding."""

from __future__ import annotations

from typing import Any, cast

from etude.encodings.base import Encoding
from etude.encodings.conditions.composers import ERA_OF, ERAS, KNOWN, era_of
from etude.encodings.conditions.kinds import KINDS, OPEN, Kind
from etude.encodings.conditions.table import Conditions, conditions
from etude.encodings.conditions.told import Told
from etude.errors import UsageError

__all__ = [
    "ERAS",
    "ERA_OF",
    "KINDS",
    "KNOWN",
    "OPEN",
    "SETTINGS",
    "Conditions",
    "Kind",
    "Told",
    "conditions",
    "era_of",
    "told_of",
]

SETTINGS = ("conditions", "composers", "labels")  # of any encoding, beside its own


def told_of(inner: Encoding, text: str, composers: Any = (), labels: Any = ()) -> Encoding:
    """`inner`, told the conditions that `text` names; itself for "". Raises UsageError for what makes no sense."""
    if text.strip() in ("", "none"):
        return inner
    if getattr(inner, "reads_text", False):
        raise UsageError(
            f"The encoding '{inner.name}' learns text as it stands: it cannot be told conditions. "
            "Leave them out with --set encoding.conditions=none."
        )
    if isinstance(composers, str) or isinstance(labels, str):
        raise UsageError("'composers' and 'labels' are lists of names: encoding.composers=[\"Bach\", \"Chopin\"].")
    told: Any = Told(inner, conditions(text, inner.fields[0].size, tuple(composers), tuple(labels)))
    return cast("Encoding", told)
