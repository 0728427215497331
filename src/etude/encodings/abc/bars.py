"""The bar that is being written: which bar line may come now. Writer and Reader share it.

A bar is full; or it is an upbeat or what an upbeat leaves over: the short last bar of a section whose repeat
starts with the upbeat, or a bar that a repeat sign cuts in two. Any other length is a change of meter.

Strict bars also see to it that what an upbeat leaves over does come: until a section ends in the bar that completes
it, no section ends otherwise.
"""

from __future__ import annotations


class Bars:
    """Where in the bar the music stands. Times in ticks."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.owed: set[int] = set()  # lengths of last bars that upbeats so far wait for
        self.given: set[int] = set()  # lengths of bars that sections have ended in
        self.full = 1920  # the length of a bar in the meter that holds
        self.elapsed = 0
        self.limit = 0  # this bar is so long, to complete an upbeat at the end of an ending; 0: a full one
        self.due = 0  # this bar has exactly this length (upbeat, or rest of a bar cut in two); 0: a full one
        self.upbeats: set[int] = set()  # lengths of upbeats so far
        self.opening = False  # this is the incomplete first bar
        self.after_sign = False  # this bar began at a repeat sign or double bar

    def start(self, upbeat: int) -> None:
        """Begins the first bar, `upbeat` ticks long (0: a full bar)."""
        self.due, self.opening = upbeat, upbeat > 0
        self.upbeats = {upbeat} if upbeat else set()

    @property
    def left(self) -> int:
        """Ticks to the end of this bar."""
        return (self.due or self.limit or self.full) - self.elapsed

    @property
    def short(self) -> bool:
        """Whether the bar would be shorter than a full one if it stopped here."""
        return self.elapsed < self.full

    @property
    def _upbeat_again(self) -> bool:
        return self.after_sign and not self.due and self.elapsed in self.upbeats

    @property
    def _remainder(self) -> bool:
        return not self.due and self.full - self.elapsed in self.upbeats

    def may_end_plain(self) -> bool:
        """Whether a plain bar line fits here."""
        return self.elapsed > 0 and (self.left == 0 or self._upbeat_again)

    def may_end_at_sign(self, *, whole: bool = False) -> bool:
        """Whether a repeat sign or double bar fits here, the bar not cut in two; `whole`: nor an upbeat."""
        fits = self.left == 0 or self._remainder or (self._upbeat_again and not whole)
        return self.elapsed > 0 and fits and self._pays()

    def may_be_cut(self) -> bool:
        """Whether a sign may stand here inside the bar, the rest of which must follow."""
        inside = 0 < self.elapsed < self.full and not self.due
        return inside and not self.may_end_at_sign() and self._pays()

    def may_end_piece(self) -> bool:
        """Whether the piece may end here."""
        fits = not self.opening and (self.left == 0 or self._remainder)
        return self.elapsed > 0 and fits and self.settled()

    def settled(self) -> bool:
        """Whether every upbeat so far is completed, by this bar if it ends here. Bars that are not strict are."""
        return not self.strict or not self.owed - self.given - {self.elapsed}

    @property
    def payable(self) -> bool:
        """Whether one bar can complete every upbeat so far. Bars that are not strict can."""
        return not self.strict or len(self.owed - self.given) <= 1

    def complete_upbeat(self) -> None:
        """Makes this bar as long as an upbeat so far waits for, if one does."""
        missing = self.owed - self.given if self.strict else set()
        self.limit = min(missing, default=0)

    def _pays(self) -> bool:
        """Whether a sign may stand here: behind an upbeat, or where nothing is owed any more."""
        return self.settled() or self.only_upbeat()

    def only_upbeat(self) -> bool:
        """Whether nothing but an upbeat stands between the last sign (or the start) and here."""
        again = self.after_sign and self.short and (self.due > 0 or self.elapsed in self.upbeats)
        return self.opening or again

    def line(self, *, sign: bool) -> None:
        """Begins the next bar; a sign inside a bar makes the rest of that bar due."""
        if self.short and self.only_upbeat():
            self.owed.add(self.full - self.elapsed)
        if sign:
            self.given.add(self.elapsed)
        self.due = self.full - self.elapsed if sign and self.may_be_cut() else 0
        if self.due:
            self.upbeats.add(self.due)
        self.elapsed, self.limit, self.after_sign, self.opening = 0, 0, sign, False
