"""What damage is made with: the notes of a piece, their bars, another piece and chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, Table, bar_starts

Touched = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Damaged:
    """Wrong music, and which of its notes are touched: bool[N], in the order of `score.notes`."""

    score: Score
    touched: Touched


@dataclass(frozen=True)
class Parts:
    """A piece taken apart: its notes to be changed in place of a copy, its bars, the other piece, the chance."""

    score: Score
    other: Score
    random: np.random.Generator

    @classmethod
    def of(cls, score: Score, other: Score, random: np.random.Generator) -> Parts:
        """The parts of `score`."""
        return cls(score, other, random)

    def notes(self) -> Table:
        """A copy of the notes, to be changed."""
        return self.score.notes.copy()

    @cached_property
    def starts(self) -> Numbers:
        """Int64[B + 1]: where bars begin, and the end of the last one."""
        return bar_starts(self.score)

    @cached_property
    def bar(self) -> Numbers:
        """Int64[N]: the bar in which each note begins."""
        return bars_of(self.score, self.starts)

    @cached_property
    def full(self) -> Numbers:
        """The bars that are as long as most bars and have notes."""
        lengths = np.diff(self.starts)
        usual = np.bincount(lengths).argmax() if len(lengths) else 0
        return np.flatnonzero((lengths == usual) & (np.bincount(self.bar, minlength=len(lengths)) > 0))

    @cached_property
    def drums(self) -> Touched:
        """Bool[N]: which notes are struck on drums."""
        kits = np.array([track.is_drum for track in self.score.tracks], np.bool_)
        return np.asarray(kits[self.score.notes["track"]])

    @cached_property
    def scale(self) -> Touched:
        """Bool[12]: the seven pitch classes that last longest; fewer where the piece has fewer."""
        pitched = self.score.notes[~self.drums]
        held = np.bincount(pitched["pitch"] % 12, weights=pitched["duration"] + 1.0, minlength=12)
        found = np.zeros(12, np.bool_)
        found[np.argsort(-held, kind="stable")[:7]] = True
        return found & (held > 0)

    def chosen(self, among: Numbers, share: float, least: int = 1) -> Numbers:
        """A share of `among`, drawn by chance, in order; at least `least` of them."""
        count = min(len(among), max(least, round(share * len(among))))
        return np.sort(self.random.permutation(among)[:count])

    def as_damaged(self, notes: Table, touched: Touched) -> Damaged | None:
        """The piece with these notes in place of its own; None where nothing was touched or nothing is left."""
        if not touched.any() or len(notes) < 2:
            return None
        order = np.lexsort([notes["track"], notes["pitch"], notes["onset"]])
        return Damaged(self.score.replace(notes=notes[order]), touched[order])


def bars_of(score: Score, starts: Numbers) -> Numbers:
    """Int64[N]: the bar, of those that begin at `starts`, in which each note begins."""
    places = np.searchsorted(starts, score.notes["onset"].astype(np.int64), side="right") - 1
    return np.clip(places, 0, max(0, len(starts) - 2))
