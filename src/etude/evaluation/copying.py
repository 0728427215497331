"""What a piece has in common with the music a model learned from: passages that stand there too, in any key.

Conventions
    A piece is its highest voice as written, read as intervals in semitones between successive notes: neither key
    nor rhythm nor repeat signs count, so more is called copied than a listener would call it. A passage of n notes
    is n - 1 intervals in a row. Passages of twelve notes are shared by chance between unrelated tunes now and
    then: hold the figures of generated pieces beside those of real held-out ones.

Source: the longest common passage and its coverage, as in Papadopoulos, Roy and Pachet, "Avoiding plagiarism in
Markov sequence generation" (AAAI 2014), and Yin et al., "Measuring when a music generation algorithm copies too
much" (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.score import Score, melody_intervals

LEAST = 12  # notes of a passage that counts as copied
_GRAM = 4  # intervals that are looked up at once; longer passages grow from there

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Passages:
    """All passages of a collection, ready to be looked up. Build one with `Passages.of`."""

    line: Numbers  # the intervals of all pieces end to end, with a number of its own between two pieces
    keys: Numbers  # [G] of every four intervals in a row, sorted
    places: Numbers  # [G] where those stand in `line`

    @classmethod
    def of(cls, scores: Sequence[Score]) -> Passages:
        """The passages of `scores`."""
        parts: list[Numbers] = []
        for number, score in enumerate(scores):
            parts += [melody_intervals(score), np.array([1000 + number], np.int64)]
        line = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        keys = _keys(line)
        order = np.argsort(keys, kind="stable")
        return cls(line, keys[order], order)

    def lengths(self, score: Score) -> Numbers:
        """Int64[N]: how many notes in a row, from each note of the piece on, the collection has too; 1 is none."""
        mine = melody_intervals(score)
        best = np.ones(len(mine) + bool(len(score)), np.int64)
        here, there = self._pairs(mine)
        length = _GRAM
        ours, theirs = np.append(mine, -1000), np.append(self.line, -2000)  # ends that equal nothing
        while len(here):
            np.maximum.at(best, here, length + 1)
            alive = ours[here + length] == theirs[there + length]
            here, there = here[alive], there[alive]
            length += 1
        return best

    def _pairs(self, mine: Numbers) -> tuple[Numbers, Numbers]:
        """Int64[M] each: places in a piece and in the line where the same four intervals begin."""
        keys = _keys(mine)
        first, last = (np.searchsorted(self.keys, keys, side=side) for side in ("left", "right"))
        counts = last - first
        here = np.repeat(np.arange(len(keys)), counts)
        offset = np.arange(len(here)) - np.repeat(np.cumsum(counts) - counts, counts)
        return here, self.places[np.repeat(first, counts) + offset]


def longest_copied(score: Score, training: Passages) -> float:
    """Notes of the longest passage of the piece that the collection has in any key; fewer is more original."""
    return float(training.lengths(score).max(initial=0))


def copied_share(score: Score, training: Passages, least: int = LEAST) -> float:
    """Share of the piece's notes inside passages of `least` notes or more that the collection has; NaN of none."""
    lengths = training.lengths(score)
    if not len(lengths):
        return float("nan")
    reach = np.where(lengths >= least, np.arange(len(lengths)) + lengths, 0)
    return float((np.maximum.accumulate(reach) > np.arange(len(lengths))).mean())


def _keys(line: Numbers) -> Numbers:
    """Int64[len(line) - 3]: one number for every four intervals in a row."""
    count = max(0, len(line) - _GRAM + 1)
    keys = np.zeros(count, np.int64)
    for offset in range(_GRAM):
        keys = keys * 8191 + line[offset : offset + count] + 256
    return keys
