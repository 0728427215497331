"""Notes under rules: the pitch is drawn before the time, so it is open if some time and length go with it."""

from __future__ import annotations

import numpy as np

from etude.encodings.base import END
from etude.sampling.constraints.rules import Mask
from etude.sampling.constraints.timed import Timed
from etude.sampling.constraints.together import Rules

PITCH = 2  # value of the lowest pitch


class NotesUnderRules(Timed):
    """See `Timed`."""

    @property
    def _began(self) -> bool:
        return bool(self.inner.heard)

    def _fed(self, step: list[int]) -> None:
        super()._fed(step)
        self.now = int(self.inner.tick)
        self._note_closes(self.now + int(self.duration_ticks[min(step[2], len(self.duration_ticks) - 1)]))

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        if len(chosen) == 3:
            return grammar
        if not chosen:
            return self._first(grammar, rules)
        pitch = chosen[0] - PITCH
        if len(chosen) == 1:
            return grammar & self._waits(pitch, rules)
        return grammar & self._lengths(rules, self.now + int(self.step_ticks[chosen[1]]), pitch, [])

    def _first(self, grammar: Mask, rules: Rules) -> Mask:
        """Bool[V_0]: the end, where it may come, and the pitches for which there is a time."""
        mask = grammar.copy()
        if rules.ending is not None:
            mask[END] = self.closed
        pitches = np.zeros(128, np.bool_)
        for here, allowed in self._places(rules):
            later = bool((here & (self.step_ticks > 0)).any()) or not self._began
            pitches |= allowed if later else allowed & self._above()
        mask[PITCH:] &= pitches
        if self.filling is not None:
            mask[END] = self.drawn > 0 or not mask[PITCH:].any()
        return mask

    def _above(self) -> Mask:
        """Bool[128]: the pitches above the highest that began at `now`; none where one voice cannot go on so."""
        above = np.arange(128) > self.inner.last_pitch
        return np.asarray(above & (not self.inner.melody))

    def _waits(self, pitch: int, rules: Rules) -> Mask:
        """Bool[S]: the waits after which `pitch` may begin."""
        out = np.zeros(len(self.step_ticks), np.bool_)
        for here, allowed in self._places(rules):
            if allowed[pitch]:
                out |= here
        return out
