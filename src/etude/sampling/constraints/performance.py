"""Key events under rules: what goes down has to be let up in time, so time passes only up to the first such moment.

Something is always left: a key that has to go up may, once time was stopped for it; where nothing sounds a key may
go down; and between two events time may pass. No rhythm and no planned end is had here: played music keeps no grid.
"""

from __future__ import annotations

import numpy as np

from etude.encodings.base import Encoding
from etude.encodings.performance import FIRST_DOWN, FIRST_SHIFT, FIRST_UP, FIRST_VELOCITY, SHIFTS
from etude.sampling.constraints.reader import ConstrainedReader
from etude.sampling.constraints.rules import FAR, Mask, Ticks
from etude.sampling.constraints.together import Rules


class PerformanceUnderRules(ConstrainedReader):
    """See `ConstrainedReader`. `limits` (int64[128]) is up to when each key that is down may sound."""

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.limits: Ticks = np.full(128, FAR, np.int64)

    def _plan(self) -> None:
        """What was given and sounds is let go with the next event where it does not obey."""
        self.limits = np.maximum(self.rules.base(self.now), self.now + 1)

    def _fed(self, step: list[int]) -> None:
        self.now = int(self.inner.tick)
        if self.planned and FIRST_DOWN <= step[0] < FIRST_UP:
            key = step[0] - FIRST_DOWN
            self.limits[key] = self.rules.base(self.now)[key]

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        mask = grammar.copy()
        down = self.inner.since >= 0
        late = np.flatnonzero(down & (self._limits(rules) <= self.now))
        downs = rules.pitches(self.now) & ~down & (np.arange(128) > self.inner.lowered)
        if len(late) or int(down.sum()) >= rules.most or (self.inner.melody and down.any()):
            downs = np.zeros(128, np.bool_)
        mask[FIRST_DOWN:FIRST_UP] &= downs
        mask[FIRST_VELOCITY:] &= bool(downs.any())
        if len(late):
            mask[FIRST_UP + int(late[0]) + 1 : FIRST_SHIFT] = False
            mask[FIRST_SHIFT:FIRST_VELOCITY] = False
        elif down.any():
            most = int(self._limits(rules)[down].min()) - self.now
            mask[FIRST_SHIFT + min(most, SHIFTS) : FIRST_VELOCITY] = False
        return mask

    def _limits(self, rules: Rules) -> Ticks:
        """The limits where the rules are all asked; without the harmony nothing has to stop."""
        return self.limits if any(rule.name == "chords" for rule in rules.rules) else np.full(128, FAR, np.int64)
