"""Typed damage of whole pieces, each type at several strengths: what a critic learns from and is held to.

Conventions
    A strength is the share of notes, or of bars, that is touched; at least one note or bar (two where two are
    exchanged). FULL is all there are, but for "bars interleaved", where it is every second bar: all bars of
    another piece would be music again. What is touched is told note by note. Bars are those of the meter map.

Types
    wrong notes in key      notes: another pitch of the seven that last longest in the piece, up to a fifth away; of
                            drums another drum of the piece
    wrong notes out of key  notes: a pitch outside those seven, up to a fifth away
    rhythm jitter           notes: begin earlier or later by chance, 60 ms either way at 120 beats a minute
    shuffled bars           bars: exchanged with each other
    swapped voices          bars: two voices in each other's octave; of drums the two that are struck most
    looped bar              bars: a bar goes on in place of those that follow it
    bars interleaved        bars: those of another piece, in its own key
    transposed half         full only: the second half moved by one to six semitones
    cut ending              full only: nothing after a note in the last half
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from etude.evaluation.corruptions import bars, notes
from etude.evaluation.corruptions.parts import Damaged, Parts
from etude.score import Score

FULL = 1.0
STRENGTHS = (0.05, 0.1, 0.2, 0.4, FULL)

Change = Callable[[Parts, float], Damaged | None]


@dataclass(frozen=True)
class Damage:
    """One type: how it is done, and whether it has strengths. None comes back where a piece leaves no room."""

    change: Change
    graded: bool = True


DAMAGES: dict[str, Damage] = {
    "wrong notes in key": Damage(notes.in_key),
    "wrong notes out of key": Damage(notes.out_of_key),
    "rhythm jitter": Damage(notes.jittered),
    "shuffled bars": Damage(bars.shuffled),
    "swapped voices": Damage(bars.voices_swapped),
    "looped bar": Damage(bars.looped),
    "bars interleaved": Damage(bars.interleaved),
    "transposed half": Damage(bars.half_transposed, graded=False),
    "cut ending": Damage(notes.cut_short, graded=False),
}


def strengths_of(kind: str) -> tuple[float, ...]:
    """The strengths that a type comes in."""
    return STRENGTHS if DAMAGES[kind].graded else (FULL,)


def damage(kind: str, score: Score, strength: float, other: Score, random: np.random.Generator) -> Damaged | None:
    """`score` made wrong, and which notes are touched; None where this piece cannot be made wrong in this way.

    `other` is a piece to take bars from. The same chance gives the same music.
    """
    if len(score) < 2:
        return None
    found = DAMAGES[kind].change(Parts.of(score, other, random), strength)
    return None if found is None or np.array_equal(found.score.notes, score.notes) else found
