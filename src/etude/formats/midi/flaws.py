"""What was wrong with a file that could be read all the same: counted by kind, so that none floods the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from etude.errors import BadInput, Reason


@dataclass
class Flaws:
    """Oddities (nothing was changed) and repairs (something was), each with its first place and its count."""

    found: dict[str, tuple[Reason, bool, int | None, int]] = field(default_factory=dict)

    def odd(self, text: str, reason: Reason, offset: int | None = None, count: int = 1) -> None:
        """Notes something strange that changed nothing in the music."""
        self._add(text, reason, False, offset, count)

    def mended(self, text: str, reason: Reason, offset: int | None = None, count: int = 1) -> None:
        """Notes something that was repaired, guessed or left out."""
        self._add(text, reason, True, offset, count)

    def _add(self, text: str, reason: Reason, mended: bool, offset: int | None, count: int) -> None:
        _, _, first, before = self.found.get(text, (reason, mended, offset, 0))
        self.found[text] = (reason, mended, first, before + count)

    @property
    def reason(self) -> Reason | None:
        """The reason of the first repair; None when nothing was changed."""
        return next((reason for reason, mended, _, _ in self.found.values() if mended), None)

    @property
    def detail(self) -> str:
        """The repairs in words."""
        return "; ".join(_said(text, row) for text, row in self.found.items() if row[1])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that was found, in words."""
        return tuple(_said(text, row) for text, row in self.found.items())


def _said(text: str, row: tuple[Reason, bool, int | None, int]) -> str:
    _, _, offset, count = row
    place = "" if offset is None else f" at byte {offset}"
    times = "" if count == 1 else f" ({count} times)"
    return f"{text}{place}{times}"


def refuse(text: str, reason: Reason, offset: int | None = None) -> NoReturn:
    """Raises BadInput that says what stands where."""
    place = "" if offset is None else f" at byte {offset}"
    raise BadInput(f"{text}{place}.", reason, offset)
