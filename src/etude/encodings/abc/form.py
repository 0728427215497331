"""The form of a tune while it is written: sections, repeats that close, first and second endings."""

from __future__ import annotations

from etude.encodings.abc.vocabulary import DOUBLE, MAXIMUM_PARTS, REPEAT_BOTH, REPEAT_END, REPEAT_START

NO_ENDING, FIRST, SECOND_DUE, SECOND = range(4)
LONGEST_ENDING = 4  # bars: none of the 387 first endings in the built-in folk tunes and 804 Irish ones has more


class Form:
    """Which signs may come now; `parts` is the number of sections that the tune was announced to have."""

    def __init__(self) -> None:
        self.parts = MAXIMUM_PARTS
        self.sections = 0  # closed so far
        self.repeat_open = False
        self.ending = NO_ENDING
        self.longest = 0  # bars of an ending that is drawn, the second then as long as the first; 0: any
        self.length = self.first = 0  # bars of this ending with the one being written, and of the last first ending

    @property
    def curbed(self) -> bool:
        """Whether this is an ending whose length is bounded."""
        return self.longest > 0 and self.ending in (FIRST, SECOND)

    @property
    def last_bar(self) -> bool:
        """Whether a bounded ending stops with the bar that is being written."""
        most = self.longest if self.ending == FIRST else self.first or self.longest
        return self.curbed and self.length >= most

    @property
    def too_short(self) -> bool:
        """Whether a second ending still lacks bars that the first had."""
        return self.curbed and self.ending == SECOND and self.length < self.first

    @property
    def has_room(self) -> bool:
        """Whether a section that is still to be closed may have endings."""
        return self._more_may_come(self.sections)

    def begin_ending(self, number: int) -> None:
        """Reads where the first ending (1) or the second (2) begins."""
        self.ending = FIRST if number == 1 else SECOND
        self.length = 1

    def next_bar(self) -> None:
        """Reads a plain bar line."""
        self.length += 1

    def _enough(self, sections: int) -> bool:
        """Whether a tune of so many sections is whole."""
        return sections == self.parts if self.parts < MAXIMUM_PARTS else sections >= MAXIMUM_PARTS

    def _more_may_come(self, sections: int) -> bool:
        return sections < self.parts or self.parts == MAXIMUM_PARTS

    def closed_by(self, *, only_upbeat: bool) -> int:
        """How many sections are closed once a sign stands here."""
        return self.sections + (not only_upbeat and self.ending != FIRST)

    def allows(self, sign: str, *, only_upbeat: bool, cut: bool) -> bool:
        """Whether a repeat sign or double bar fits here; `cut`: it would stand inside a bar."""
        after = self.closed_by(only_upbeat=only_upbeat)
        if self.too_short:
            return False
        if self.ending == FIRST:
            return sign == REPEAT_END
        if sign == REPEAT_END:
            return not only_upbeat and (self._more_may_come(after) or (not cut and after == self.parts))
        if sign == REPEAT_BOTH:
            return not only_upbeat and self._more_may_come(after)
        return self._more_may_come(after) and (sign == DOUBLE or not self.repeat_open)

    def take(self, sign: str, *, only_upbeat: bool) -> None:
        """Reads a repeat sign or double bar."""
        self.sections = self.closed_by(only_upbeat=only_upbeat)
        self.first = self.length if self.ending == FIRST else self.first
        self.ending = SECOND_DUE if self.ending == FIRST and sign == REPEAT_END else NO_ENDING
        if sign in (REPEAT_START, REPEAT_BOTH):
            self.repeat_open = True
        elif sign == REPEAT_END:
            self.repeat_open = False

    def complete(self) -> bool:
        """Whether the piece has all its sections now that a sign closed the last one."""
        return self._enough(self.sections) and self.ending != SECOND_DUE and not self.repeat_open

    def completed_by_end(self) -> bool:
        """Whether the piece has all its sections if the one that is being written ends here."""
        whole = self.ending != FIRST and not self.too_short and not self.repeat_open
        return whole and self._enough(self.sections + 1)
