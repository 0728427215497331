"""What the JSON of a request may hold: a table that checks it and describes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etude.errors import UsageError

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True)
class Field:
    """One key of a request. `low` and `high` bound a number, or the length of a text."""

    name: str
    kind: str  # a key of KINDS
    about: str
    low: float = 0
    high: float = math.inf
    needed: bool = False

    def check(self, value: Any) -> Any:
        """The value. Raises UsageError when it is of another kind or out of bounds."""
        right = isinstance(value, KINDS[self.kind]) and (self.kind == "boolean") == isinstance(value, bool)
        if not right:
            raise UsageError(f"'{self.name}' must be of the kind {self.kind}.")
        if self.kind == "boolean":
            return value
        size = len(value) if isinstance(value, str) else value
        if not self.low <= size <= self.high:
            what = "have" if isinstance(value, str) else "be"
            unit = " characters" if isinstance(value, str) else ""
            raise UsageError(f"'{self.name}' must {what} {self.low:g} to {self.high:g}{unit}.")
        return value

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        low, high = ("minLength", "maxLength") if self.kind == "string" else ("minimum", "maximum")
        found: dict[str, Any] = {"type": self.kind, "description": self.about}
        if self.kind != "boolean":
            found[low] = self.low
            if math.isfinite(self.high):
                found[high] = self.high
        return found


def checked(given: Any, fields: Sequence[Field]) -> dict[str, Any]:
    """The values of `fields` in `given`, null left out. Raises UsageError naming the first that is wrong."""
    if not isinstance(given, Mapping):
        raise UsageError("A request is one JSON object.")
    known = {field.name: field for field in fields}
    for name in given:
        if name not in known:
            raise UsageError(f"There is no key '{name[:40]}'. Possible: {', '.join(known)}.")
    for field in fields:
        if field.needed and given.get(field.name) is None:
            raise UsageError(f"'{field.name}' is missing.")
    return {name: known[name].check(value) for name, value in given.items() if value is not None}


def schema(fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON Schema of a request."""
    needed = [field.name for field in fields if field.needed]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: field.schema() for field in fields},
        **({"required": needed} if needed else {}),
    }
