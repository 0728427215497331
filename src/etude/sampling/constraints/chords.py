"""Chords under rules: the time is drawn first, then note by note what begins there."""

from __future__ import annotations

import numpy as np

from etude.encodings.base import END, Encoding
from etude.encodings.chords import NONE
from etude.sampling.constraints.rules import FAR, Mask
from etude.sampling.constraints.timed import Notes, Timed
from etude.sampling.constraints.together import Rules

WAIT = 2  # value of the first field that waits for nothing


class ChordsUnderRules(Timed):
    """See `Timed`."""

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.width: int = self.inner.width
        self.wait: int = self.inner.window

    @property
    def _began(self) -> bool:
        return bool(self.inner.started)

    def _fed(self, step: list[int]) -> None:
        super()._fed(step)
        self.now = int(self.inner.tick)
        for _, end in self._fresh(step, self.now):
            self._note_closes(end)

    def _fresh(self, chosen: list[int], tick: int) -> Notes:
        """(pitch, end) of the notes that the slots so far hold."""
        out = []
        for place in range(1, len(chosen) - 1, self.width):
            if chosen[place] != NONE:
                ticks = self.duration_ticks[max(min(chosen[place + 1], len(self.duration_ticks)) - 1, 0)]
                out.append((chosen[place] - 1, tick + int(ticks)))
        return out

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        if not chosen:
            return self._first(grammar, rules)
        slot, part = divmod(len(chosen) - 1, self.width)
        tick = self.now + int(self.step_ticks[chosen[0] - WAIT])
        if part == 2 or (part == 1 and chosen[-1] == NONE):
            return grammar
        begin = 1 + slot * self.width
        fresh = self._fresh(chosen[:begin], tick)
        mask = grammar.copy()
        if part == 1:
            mask[1:] &= self._lengths(rules, tick, chosen[-1] - 1, fresh)
        elif rules.most < FAR and (self._sounding(fresh) > tick).sum() >= rules.most:
            mask[1:] = False
        else:
            mask[1:] &= self._beginning(rules, tick, fresh)
        return mask

    def _first(self, grammar: Mask, rules: Rules) -> Mask:
        """Bool[V_0]: the end, where it may come, and the waits after which something may begin."""
        mask = grammar.copy()
        if rules.ending is not None:
            mask[END] = self.closed
        out = np.zeros(len(self.step_ticks), np.bool_)
        above = np.arange(128) >= self.inner.highest
        for here, allowed in self._places(rules):
            again = here & (self.step_ticks == 0) & self._began
            out |= here & ~again
            if again.any() and (allowed & above).any():
                out |= again
        mask[WAIT:] &= out
        if self.filling is not None:
            mask[END] = self.drawn > 0 or not mask[WAIT:].any()
        return mask
