"""One thing that figures say, and the option that answers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`kind` is a short name that stays the same; `text` says what it means for a person, `option` what to try."""

    kind: str
    text: str
    option: str = ""

    def __str__(self) -> str:
        return f"{self.text} Try {self.option}." if self.option else self.text
