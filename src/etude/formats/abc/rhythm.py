"""How lengths are spelled: note heads with dots, tuplets, fractions of the unit length, tempos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SHORTEST = 15  # ticks of a 128th note at 480 a quarter
_DOTTED = {SHORTEST * 2**power * dots for power in range(12) for dots in (1, 3, 7)}
_LONGEST_FIRST = sorted(_DOTTED, reverse=True)
_LONGEST_WRITTEN = 64 * 1920  # ticks; longer lengths are written as they are
_TUPLETS = ((3, 2), (5, 4), (6, 4), (9, 8), (2, 3), (4, 3))
_MOST_IN_TUPLET = 27
_SHORT_FORMS = {(3, 2, 3): "(3", (2, 3, 2): "(2", (4, 3, 4): "(4"}


def simple_parts(start: int, stop: int) -> list[int]:
    """The ticks at which a note in [start, stop) is cut so that each part is one note head with up to two dots."""
    cuts: list[int] = []
    left = stop - start
    if left % SHORTEST or left > _LONGEST_WRITTEN:
        return []
    while left not in _DOTTED:
        part = next(value for value in _LONGEST_FIRST if value < left)
        left -= part
        cuts.append(stop - left)
    return cuts


def length_text(duration: int, unit: int) -> str:
    """A duration as ABC writes it behind a note: '', '2', '3/2', '/2'."""
    length = Fraction(duration, unit)
    top = "" if length.numerator == 1 else str(length.numerator)
    return top if length.denominator == 1 else f"{top}/{length.denominator}"


@dataclass(frozen=True)
class Tuplet:
    """`count` items from the one it stands at are written `p` in the time of `q`."""

    p: int
    q: int
    count: int

    def written(self, duration: int) -> int:
        """The written length of a sounding `duration` (ticks), on the grid of 128th notes."""
        return max(1, round(duration * self.p / (self.q * SHORTEST))) * SHORTEST

    def fits(self, durations: Sequence[int]) -> bool:
        """Whether every one of these sounding lengths comes out right to the rounding of a tick."""
        exact = [abs(self.written(d) * self.q - d * self.p) < 1.01 * self.p for d in durations]
        return len(durations) == self.count and all(exact)

    @property
    def text(self) -> str:
        """The tuplet as ABC writes it."""
        short = _SHORT_FORMS.get((self.p, self.q, self.count))
        return short or f"({self.p}:{self.q}:{self.count}"


def marked_tuplet(text: str, durations: Sequence[int]) -> Tuplet | None:
    """The tuplet that a mark 'p:q:r' asks for, if the lengths that follow can be written in it."""
    numbers = [int(part) for part in text.split(":") if part.isdigit() and len(part) < 4]
    if len(numbers) != 3 or 0 in numbers:
        return None
    tuplet = Tuplet(*numbers)
    return tuplet if tuplet.fits(durations[: tuplet.count]) else None


def needed_tuplet(durations: Sequence[int]) -> Tuplet | None:
    """The tuplet that the first of `durations` (ticks) must open because no plain note lasts so long."""
    if durations[0] % SHORTEST == 0:
        return None
    for p, q in _TUPLETS:
        total = 0
        for count, duration in enumerate(durations[:_MOST_IN_TUPLET], 1):
            if duration * p % (q * SHORTEST):
                break
            total += duration
            if total % SHORTEST == 0:
                return Tuplet(p, q, count)
    return None


def tempo_text(microseconds: int, beat: Fraction) -> str:
    """The text of a Q: field for a tempo in microseconds a quarter, counted in beats (of a whole note)."""
    exact = 60e6 / microseconds / float(beat * 4)
    for digits in range(9):
        number = f"{exact:.{digits}f}"
        if float(number) > 0 and round(60e6 / (float(beat) * 4 * float(number))) == microseconds:
            break
    return f"{beat.numerator}/{beat.denominator}={number}"
