"""Several rules as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etude.sampling.constraints.ending import Ending
from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rules import FAR, Mask, Rule, Ticks

KEPT = 4096  # ticks whose answers are kept


class Rules:
    """What all rules say together. Answers are kept while the bar lines stay as they are.

    most     how many notes may sound at once
    ending   the rule that plans the end, if there is one
    """

    def __init__(self, rules: Sequence[Rule], lines: BarLines) -> None:
        self.rules, self.lines = tuple(rules), lines
        self.most = min([FAR, *(rule.most for rule in rules)])
        self.ending = next((rule for rule in rules if isinstance(rule, Ending)), None)
        self._timed = [rule for rule in rules if type(rule).due is not Rule.due]
        self._pitched = [rule for rule in rules if type(rule).latest is not Rule.latest]
        self._known: dict[int, tuple[Ticks, Ticks, Mask]] = {}
        self._changes = lines.changes

    def __len__(self) -> int:
        """How many rules there are."""
        return len(self.rules)

    def first(self, count: int) -> Rules:
        """The first `count` rules alone."""
        return Rules(self.rules[:count], self.lines)

    def forget(self) -> None:
        """Forgets the answers: a rule has changed."""
        self._known = {}

    def base(self, tick: int) -> Ticks:
        """Int64[128]: see `Rule.latest`, were nothing to end the piece."""
        return self._both(tick)[0]

    def latest(self, tick: int) -> Ticks:
        """Int64[128]: see `Rule.latest`, for a note that is not to close the piece."""
        return self._both(tick)[1]

    def pitches(self, tick: int) -> Mask:
        """Bool[128]: which may begin at `tick` without being the close."""
        return self._both(tick)[2]

    def may_begin(self, tick: int) -> bool:
        """Whether a note may begin at `tick`."""
        return all(rule.may_begin(tick) for rule in self._timed)

    def due(self, tick: int) -> int:
        """The first tick from `tick` on at which a note has to begin; FAR where none has to before the end."""
        if not self._timed:
            return FAR
        found = min(rule.due(tick) for rule in self._timed)
        return FAR if self.ending is not None and found >= self.ending.end else found

    def _both(self, tick: int) -> tuple[Ticks, Ticks, Mask]:
        if self._changes != self.lines.changes or len(self._known) > KEPT:
            self._known, self._changes = {}, self.lines.changes
        found = self._known.get(tick)
        if found is None:
            found = self._known[tick] = self._worked_out(tick)
        return found

    def _worked_out(self, tick: int) -> tuple[Ticks, Ticks, Mask]:
        base = np.full(128, FAR, np.int64)
        for rule in self._pitched:
            said = rule.latest(tick)
            if said is not None:
                base = np.minimum(base, said)
        free = base if self.ending is None else np.minimum(base, self.ending.last)
        return base, free, free > tick
