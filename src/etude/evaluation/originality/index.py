"""All passages of a collection, ready to be looked up: how many notes in a row it has too, and where.

Conventions
    A passage of n notes is n - 1 steps in a row of one line (`etude.evaluation.originality.lines`): neither key nor
    tempo counts. The same step over and over, a drone or a chromatic run, is no passage: everybody has it.
    In its plain form the index finds passages of any length. In its hashed form one symbol stands for `span` notes:
    it finds those of `span` notes and more, and says the same of them but for one chance in four thousand million
    a symbol. The hashes keep the notes out of a file that is handed on; they are no encryption.

Source: the longest common passage, as in Papadopoulos, Roy and Pachet, "Avoiding plagiarism in Markov sequence
generation" (AAAI 2014); passages as hashes, as in Schleimer, Wilkerson and Aiken, "Winnowing" (SIGMOD 2003).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.data.fingerprints import rolling_hashes
from etude.errors import UsageError
from etude.evaluation.originality.lines import Line, Numbers, bars_of, lines
from etude.evaluation.originality.order import Symbols, common_lengths, longest_matches, suffix_order
from etude.score import Score

SPAN = 8  # notes that one symbol stands for in a hashed index
_GAP, _STOP = 0, 1  # what stands behind each line of the collection, and behind a line that is looked up
_END = np.zeros(1, np.int64)  # the symbols of a collection without notes
_PLACES = 64  # neighbours in the order that are looked at on either side for further places


@dataclass(frozen=True)
class Place:
    """Where a passage stands in the collection."""

    piece: str
    voice: str
    note: int  # of the voice at which it begins, from 1
    bar: int  # from 1; a pickup is bar 0


@dataclass(frozen=True, eq=False)
class Passages:
    """All passages of a collection. Build one with `Passages.of`. n symbols in L lines.

    symbols   uint32[n], each line followed by 0
    order     int32[n], the places of `symbols` sorted by what stands there and behind
    starts    int32[L], where each line begins
    bars      uint16[n], the bar in which each symbol begins
    owners    int32[L], the number of each line's piece in `pieces`
    """

    span: int  # notes that a symbol stands for
    symbols: Symbols
    order: NDArray[np.int32]
    starts: NDArray[np.int32]
    bars: NDArray[np.uint16]
    owners: NDArray[np.int32]
    voices: tuple[str, ...]  # of each line
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, scores: Iterable[Score], names: Sequence[str] | None = None, *, span: int = 2) -> Passages:
        """The passages of `scores`, called `names` (default: "1", "2", ...); `span` above 2 hashes them."""
        found = [
            (number, line, bars_of(score, line.onsets))
            for number, score in enumerate(scores)
            for line in lines(score)
        ]
        count = 1 + max((number for number, _, _ in found), default=-1)
        pieces = tuple(names) if names is not None else tuple(str(number + 1) for number in range(count))
        if len(pieces) < count:
            raise UsageError(f"{count} pieces have notes, but only {len(pieces)} names were given.")
        parts = [_symbols(line, span) for _, line, _ in found]
        sizes = np.array([len(part) + 1 for part in parts], np.int64)
        symbols = np.concatenate([np.append(part, _GAP) for part in parts] or [_END]).astype(np.uint32)
        bars = [np.append(where[: len(part)], 0) for part, (_, _, where) in zip(parts, found)]
        return cls(
            span,
            symbols,
            suffix_order(symbols).astype(np.int32),
            (np.cumsum(sizes) - sizes).astype(np.int32),
            np.clip(np.concatenate(bars or [_END]), 0, 65_535).astype(np.uint16),
            np.array([number for number, _, _ in found], np.int32),
            tuple(line.voice for _, line, _ in found),
            pieces,
        )

    def lengths(self, score: Score) -> Numbers:
        """Int64[N]: how many notes in a row, from each note of the melody on, the collection has too; 1 is none."""
        found = lines(score)
        return self.matches(found[0])[0] if found else np.zeros(0, np.int64)

    def matches(self, line: Line) -> tuple[Numbers, Numbers]:
        """Int64[N] twice: notes in a row from each note on that the collection has too (1: none), and the slot of
        `order` where it says so, for `places`.
        """
        wanted = np.append(_symbols(line, self.span), _STOP).astype(np.uint32)
        count, where = longest_matches(self.symbols, self.order, wanted)
        notes, slots = np.ones(len(line), np.int64), np.zeros(len(line), np.int64)
        notes[: len(count)] = np.where(count > 0, count + self.span - 1, 1)
        slots[: len(count)] = where
        notes[notes - 1 <= _runs(line.steps)] = 1
        return notes, slots

    @staticmethod
    def maximal(notes: Numbers) -> list[int]:
        """The notes at which passages begin that are no part of the one before, by what `matches` said."""
        return [int(at) for at in np.flatnonzero((notes > 1) & (np.append(0, notes[:-1]) <= notes))]

    def places(self, line: Line, at: int, notes: int, slot: int) -> list[Place]:
        """Where the passage of `notes` notes from note `at` of `line` stands: one place a piece, in their order.

        `slot` is what `matches` said. Of a passage that stands in very many places some are left out.
        """
        length = notes - self.span + 1
        wanted = np.append(_symbols(line, self.span), _STOP).astype(np.uint32)
        near = self.order[max(0, slot - _PLACES) : slot + _PLACES].astype(np.int64)
        same = near[common_lengths(self.symbols, near, wanted, np.full(len(near), at)) >= length]
        found: dict[str, Place] = {}
        for there in np.sort(same).tolist():
            one = self._place(there)
            found.setdefault(one.piece, one)
        return list(found.values())

    def _place(self, place: int) -> Place:
        line = int(np.searchsorted(self.starts, place, side="right")) - 1
        note = place - int(self.starts[line]) + 1
        return Place(self.pieces[self.owners[line]], self.voices[line], note, int(self.bars[place]))


def _runs(steps: Numbers) -> Numbers:
    """Int64[N]: for each of the N notes how many of the steps from there on are the same, the last note's 0."""
    ends = np.append(np.flatnonzero(steps[1:] != steps[:-1]), len(steps) - 1)  # of each run of equal steps
    places = np.arange(len(steps))
    return np.append(ends[np.searchsorted(ends, places)] - places + 1, 0)


def _symbols(line: Line, span: int) -> Symbols:
    """Uint32[N - span + 1]: one symbol for every `span` notes in a row, none of them 0 or 1."""
    if span == 2:
        return (line.steps + 2).astype(np.uint32)
    hashes = rolling_hashes(line.steps, span - 1) >> np.uint64(32)
    return np.asarray(np.maximum(hashes, 2), np.uint32)
