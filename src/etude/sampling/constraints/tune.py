"""The plan of a tune's bars and sections: which bar line or sign stands where, so that it comes out even.

A tick is told as bars from the beginning: sections are whole numbers of bars, and an upbeat and the short bar that
makes up for it count as one. Nothing here knows of notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.form import FIRST, NO_ENDING
from etude.encodings.abc.form import Form as Signs
from etude.errors import UsageError

_ENDS = 2  # a section with two endings


@dataclass(frozen=True)
class Place:
    """What stands at a line: the bar it ends, the sign, and whether a numbered ending begins there."""

    bar: int
    sign: str  # one of v.LINES, or "" where only an ending begins or the piece stops
    ending: int = 0


@dataclass(frozen=True)
class Form:
    """A form such as AABB: groups of sections that are written once, and how often each sounds.

    groups   (bars written, kind): kind 1 sounds once, 2 twice the same, 3 twice with a first and a second ending
    """

    groups: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, sections: tuple[str, ...], bars: int) -> Form:
        """The form of `sections` that sounds `bars` bars in all. Raises UsageError where that cannot be written."""
        if bars % len(sections):
            raise UsageError(
                f"{bars} bars are not {len(sections)} sections of one length: ask for a multiple of "
                f"{len(sections)}."
            )
        each = bars // len(sections)
        kinds, seen = [], set()
        for letter, found in groupby(sections, key=lambda name: name[0]):
            names = list(found)
            if letter in seen or len(names) > 2 or names[0].endswith("'"):
                raise UsageError(
                    f"The form {''.join(sections)} cannot be written with repeat signs: sections come once (A), "
                    "twice (AA) or twice with a second ending (AA'), and do not come back later."
                )
            seen.add(letter)
            kinds.append(len(names) + (len(names) == 2 and names[1].endswith("'")))
        if len(kinds) >= v.MAXIMUM_PARTS:
            raise UsageError(f"A tune is announced with at most {v.MAXIMUM_PARTS - 1} sections, not {len(kinds)}.")
        if each < _ENDS and 3 in kinds:
            raise UsageError("A section with two endings has at least 2 bars.")
        return cls(tuple((each, kind) for kind in kinds))

    @property
    def bars(self) -> int:
        """How many bars are written."""
        return sum(bars + (kind == 3) for bars, kind in self.groups)

    def places(self) -> Iterator[Place]:
        """What stands where, in order; at every other line stands a plain one."""
        at = 0
        for number, (bars, kind) in enumerate(self.groups):
            follows = self.groups[number + 1][1] if number + 1 < len(self.groups) else 0
            if kind == 3:
                yield Place(at + bars - 1, v.PLAIN, 1)
                yield Place(at + bars, v.REPEAT_END, 2)
                at += 1
            at += bars
            if kind == 2:
                yield Place(at, v.REPEAT_BOTH if follows > 1 else v.REPEAT_END)
            elif follows:
                yield Place(at, v.REPEAT_START if follows > 1 else v.DOUBLE)
            else:
                yield Place(at, "")


def even(parts: int, bars: int) -> bool:
    """Whether so many sections of four bars or more share the bars evenly; one section may be of any length."""
    return parts == 1 or (parts < v.MAXIMUM_PARTS and bars % parts == 0 and bars >= 4 * parts)


@dataclass(frozen=True)
class Room:
    """How many bars the sections that are still to come need, of those that are left.

    bars   of the whole tune
    each   of every section, where they are to be equally long; then no numbered ending makes one longer
    """

    bars: int
    each: int = 0

    def needed(self, signs: Signs) -> int:
        """Bars that must follow a plain line here: the rest of this section, and one for each of the others."""
        left = signs.parts - signs.sections
        return max(left, 1) + (signs.ending == FIRST)

    def plain(self, bar: int, signs: Signs) -> bool:
        """Whether a plain line may end bar number `bar` (counted from 1)."""
        if self.each:
            return bar % self.each != 0
        left = self.bars - bar
        if signs.curbed:
            return signs.too_short or (signs.ending == FIRST and self._ends_fit(left - 1, signs, signs.length + 1))
        return left >= self.needed(signs)

    def sign(self, bar: int, sign: str, signs: Signs) -> bool:
        """Whether a sign may, where the grammar lets it."""
        if self.each and bar % self.each:
            return False
        left, open_sections = self.bars - bar, signs.parts - signs.sections - 1
        if signs.too_short:
            return False
        if signs.ending == FIRST and signs.curbed:
            return sign == v.REPEAT_END and self._ends_fit(left, signs, signs.length, now=True)
        if signs.ending == FIRST:
            return sign == v.REPEAT_END and left >= max(open_sections, 0) + 1
        if not left:
            return sign == v.REPEAT_END and open_sections <= 0
        return left >= max(open_sections, 1) and (open_sections > 0 or signs.parts == v.MAXIMUM_PARTS)

    def ending(self, bar: int, signs: Signs) -> bool:
        """Whether a first ending may begin after `bar` bars."""
        if self.each or signs.ending != NO_ENDING:
            return False
        left = self.bars - bar
        if signs.longest:
            return self._ends_fit(left - 1, signs, 1)
        return left >= max(signs.parts - signs.sections - 1, 0) + _ENDS

    def _ends_fit(self, left: int, signs: Signs, length: int, *, now: bool = False) -> bool:
        """Whether a first ending that has `length` bars where `left` bars are to come can have its second.

        With `now` it stops here. The second is as long as the first, and nothing may be left behind the last one.
        """
        later = max(signs.parts - signs.sections - 1, 0)
        over = left - length - later  # bars beyond those that must follow, were it to stop here
        if later or signs.parts == v.MAXIMUM_PARTS:
            return over >= 0
        return over == 0 if now else over >= 0 and over % 2 == 0 and length + over // 2 <= signs.longest

    def wall(self, bar: int, signs: Signs) -> int:
        """The first bar line from `bar` + 1 on (bars from the beginning) that cannot be a plain one."""
        if self.each:
            return (bar // self.each + 1) * self.each
        return max(bar + 1, self.bars - self.needed(signs) + 1)
