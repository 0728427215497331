"""What the measures of a part say, before the parts are laid side by side; ticks count from the measure's start."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from etude import limits
from etude.errors import BadInput, Reason
from etude.score import Mark


class RawNote(NamedTuple):
    """One written note; tied ones are still apart."""

    onset: int
    duration: int
    pitch: int
    velocity: int
    voice: str
    tied_from: bool
    tied_to: bool


@dataclass
class Measure:
    """One measure of one part."""

    number: str
    line: int
    length: int = 0  # the furthest that notes, rests and forwards reach
    implicit: bool = False
    notes: list[RawNote] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)  # of the part
    structure: list[Mark] = field(default_factory=list)  # repeats, endings, jumps: of the whole score
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)  # denominator 0: without a meter from here on
    tempos: list[tuple[int, int]] = field(default_factory=list)

    def refuse(self, why: str, reason: Reason) -> BadInput:
        """The error that names this measure and its line."""
        return BadInput(f"measure {self.number[:20]} (line {self.line}): {why}", reason, self.line)


@dataclass
class Warnings:
    """Odd things that changed nothing, each kind said once."""

    said: dict[str, None] = field(default_factory=dict)

    def say(self, what: str) -> None:
        """Remembers `what`."""
        self.said.setdefault(what)


_DECIMAL = re.compile(r"[+-]?\d{1,10}(\.\d{0,20})?", re.ASCII)


def decimal(text: str) -> float | None:
    """A finite number of sensible size as MusicXML writes it, or None."""
    found = _DECIMAL.fullmatch(text.strip())
    return float(found.group()) if found else None


def ticks_of(text: str | None, per_division: float, measure: Measure) -> int:
    """A duration in ticks, from its text in divisions."""
    plain = (text or "").strip()
    value: float | None = (
        int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 11 else decimal(plain)
    )
    if value is None or value < 0:
        raise measure.refuse(f"a duration of {plain[:30]!r} divisions", Reason.BAD_NUMBER)
    ticks = math.floor(value * per_division + 0.5)
    if ticks > limits.TICKS:
        raise measure.refuse(f"a duration of {plain[:30]!r} divisions", Reason.BAD_TIME)
    return ticks
