"""What several measures need to know of a Score, each worked out once and only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, Table, bar_starts, highest_notes, on_drums, pitched_notes

Integers = NDArray[np.int64]
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Analysis:
    """A Score and what is known of it. Times are ticks; nothing here is changed once it is known."""

    score: Score
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, function: Callable[[Analysis], Found]) -> Found:
        """What `function` says of this Analysis, worked out when first asked for."""
        if function not in self._known:
            self._known[function] = function(self)
        return cast(Found, self._known[function])

    @cached_property
    def pitched(self) -> Table:
        """The notes that are not drums."""
        return pitched_notes(self.score)

    @cached_property
    def drums(self) -> Table:
        """The notes that are drums."""
        return np.asarray(self.score.notes[on_drums(self.score)])

    @cached_property
    def pitches(self) -> Integers:
        """Int64[N]: the pitches of `pitched`."""
        return np.asarray(self.pitched["pitch"], np.int64)

    @cached_property
    def melody(self) -> Table:
        """The highest notes, with their lengths as written: none that begins well under a higher one that lasts.

        At each onset the highest pitched note (the skyline of Uitdenbogerd and Zobel, 1998), left out where a
        higher note still sounds past its middle, so that moving inner voices are not taken for the melody.
        """
        tops = highest_notes(self.score)
        return np.asarray(tops[_uncovered(tops)])

    @cached_property
    def intervals(self) -> Integers:
        """Int64[M - 1]: semitones from each note of `melody` to the next."""
        return np.asarray(np.diff(self.melody["pitch"].astype(np.int64)), np.int64)

    @cached_property
    def onsets(self) -> Integers:
        """Int64[O]: the ticks at which anything begins, drums included, each once."""
        return np.unique(np.asarray(self.score.notes["onset"], np.int64))

    @cached_property
    def bars(self) -> Integers:
        """Int64[B + 1]: where bars begin, and where the last one ends."""
        return bar_starts(self.score)

    @cached_property
    def bar_of(self) -> Integers:
        """Int64[N]: the bar each note of the Score begins in."""
        found = np.searchsorted(self.bars, np.asarray(self.score.notes["onset"], np.int64), side="right") - 1
        return np.asarray(np.clip(found, 0, len(self.bars) - 2))

    @cached_property
    def last(self) -> int:
        """The tick at which the last note ends, drums included; 0 without notes."""
        notes = self.score.notes
        return int((notes["onset"].astype(np.int64) + notes["duration"]).max()) if len(notes) else 0

    @cached_property
    def held(self) -> NDArray[np.float64]:
        """Float64[12]: quarters that each pitch class is held in all."""
        lengths = self.pitched["duration"] / self.score.tpq
        return np.asarray(np.bincount(self.pitches % 12, weights=lengths, minlength=12), np.float64)


def _uncovered(tops: Table) -> NDArray[np.bool_]:
    """Bool[M]: whether no earlier, higher note sounds on past the middle of each of these notes."""
    onsets, pitches = tops["onset"].astype(np.int64), tops["pitch"]
    ends = onsets + tops["duration"]
    kept = np.ones(len(tops), np.bool_)
    if (ends[:-1] <= onsets[1:]).all():
        return kept
    middles = (onsets + ends) / 2
    above: list[int] = []  # earlier notes, each lower than the one before it, that may still sound
    for note in range(len(tops)):
        while above and (pitches[above[-1]] <= pitches[note] or ends[above[-1]] <= onsets[note]):
            above.pop()
        kept[note] = not any(ends[other] > middles[note] for other in above)
        above.append(note)
    return kept
