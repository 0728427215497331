"""Letters under rules: each is a quarter long, so a value says all there is to say of a note.

A rest may stand for more than a quarter in a piece that was read, but one that is drawn is a quarter; after a rest
comes a letter. So the only way to be stuck is a beat without any pitch, and that is refused before the start.
"""

from __future__ import annotations

import numpy as np

from etude.encodings.base import END
from etude.encodings.letters import REST, TPQ
from etude.errors import UsageError
from etude.sampling.constraints.reader import ConstrainedReader, end_only
from etude.sampling.constraints.rules import PITCHES, Mask
from etude.sampling.constraints.together import Rules

LOWEST = 60  # the pitch of the first letter


class LettersUnderRules(ConstrainedReader):
    """See `ConstrainedReader`."""

    grain = TPQ
    available = (PITCHES >= LOWEST) & (PITCHES < LOWEST + 12)

    def gaps(self) -> set[int]:
        """A quarter or two: there is no rest after a rest."""
        return {TPQ, 2 * TPQ}

    def _plan(self) -> None:
        ending = self.rules.ending
        if ending is not None and ending.last != ending.end - TPQ:
            raise UsageError("A letter is a quarter long, so the rhythm has to have a note on the last quarter.")

    def _fed(self, step: list[int]) -> None:
        self.now += TPQ

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        now, ending = self.now, rules.ending
        if ending is not None and now >= ending.end:
            return end_only(len(grammar))
        mask = grammar.copy()
        close = self._close(rules, now)
        due = rules.due(now) == now
        pitches = rules.latest(now) >= now + TPQ
        if ending is not None:
            mask[END] = False
            if close is not None and now == ending.last:
                pitches, due = close.tonic, True
        if not rules.may_begin(now):
            pitches = np.zeros(128, np.bool_)
        mask[2:REST] &= pitches[LOWEST : LOWEST + 12]
        mask[REST] &= not due
        return mask
