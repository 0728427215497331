"""What damage is made with: the notes of a piece, their bars, another piece and chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, Table, bar_starts

REST = 128  # marks a velocity, 1..127, of the rest of a note that was cut

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
    def sounding(self) -> tuple[Table, Numbers]:
        """(the notes cut at every bar line, the bar of each): what is moved with a bar is what sounds in it.

        The rest of a note that was cut is marked by a velocity above 127; `as_damaged` joins what stayed together.
        """
        notes = cut_at(self.score.notes, self.starts)
        return notes, bars_of(notes["onset"], self.starts)

    @cached_property
    def starts(self) -> Numbers:
        """Int64[B + 1]: where bars begin, and the end of the last one."""
        return bar_starts(self.score)

    @cached_property
    def bar(self) -> Numbers:
        """Int64[N]: the bar in which each note begins."""
        return bars_of(self.score.notes["onset"], self.starts)

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
        notes, touched = joined(notes, touched)
        return Damaged(self.score.replace(notes=notes), touched)


def bars_of(onsets: NDArray[np.int32], starts: Numbers) -> Numbers:
    """Int64[N]: the bar, of those that begin at `starts`, in which each note begins."""
    places = np.searchsorted(starts, onsets.astype(np.int64), side="right") - 1
    return np.clip(places, 0, max(0, len(starts) - 2))


def cut_at(notes: Table, lines: Numbers) -> Table:
    """The notes, each cut at every line that it sounds over; all parts but the first marked as REST."""
    done, left = [], notes.copy()
    while len(left):
        following = np.append(lines, 2**31)[np.searchsorted(lines, left["onset"], side="right")]
        over = left["onset"].astype(np.int64) + left["duration"] > following
        rest = left[over].copy()
        rest["duration"] += (rest["onset"] - following[over]).astype(np.int32)
        rest["onset"] = following[over]
        rest["velocity"] |= REST
        left["duration"][over] = following[over] - left["onset"][over]
        done.append(left)
        left = rest
    return np.concatenate([*done, left])


def joined(notes: Table, touched: Touched) -> tuple[Table, Touched]:
    """The notes in order, each rest that still follows its pitch in its track joined to what it follows."""
    order = np.lexsort([notes["onset"], notes["pitch"], notes["track"]])
    notes, touched = notes[order], touched[order]
    ends = notes["onset"] + notes["duration"]
    goes_on = np.r_[False, (notes["velocity"][1:] & REST > 0) & (ends[:-1] == notes["onset"][1:])]
    for name in ("track", "pitch"):
        goes_on[1:] &= notes[name][1:] == notes[name][:-1]
    first = np.flatnonzero(~goes_on)
    whole, touched = notes[first], np.logical_or.reduceat(touched, first)
    whole["duration"] = np.add.reduceat(notes["duration"], first)
    whole["velocity"] &= np.uint8(REST - 1)
    order = np.lexsort([whole["track"], whole["pitch"], whole["onset"]])
    return whole[order], touched[order]
