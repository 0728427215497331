"""Batches for training: rows cut from shuffled, transposed pieces; a pure function of seed and step."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.data.cutting import Cut
from etude.data.missing import Missing
from etude.data.opening import LeftOpen
from etude.data.pack import Packed
from etude.encodings.base import BEGIN
from etude.errors import UsageError
from etude.score import Table

_REMEMBERED = 2**26  # bytes of transposed sequences kept


@dataclass(frozen=True)
class Batch:
    """Rows of steps. Of the last T + 1, each is the target of the one before it; weight 0 means: no target there.

    The first P steps of a row are only heard.
    """

    steps: NDArray[np.int32]  # [B, P + T + 1, K]
    weights: NDArray[np.float32]  # [B, T]


@dataclass(frozen=True)
class _Epoch:
    """All pieces in one order: the line int[N, K], bool[N] what was left open (or [0]), int64[R, 2] the rows."""

    line: Table
    opened: NDArray[np.bool_]
    rows: NDArray[np.int64]


class PackedBatches:
    """Endless batches of rows, cut as `cut` says.

    An epoch lays all pieces end to end in a shuffled order, each moved by its own number of semitones (and in one
    of its tempo variants), and cuts the line into rows, which are shuffled again. Nothing hangs on what was asked
    for before: `at(step)` is the same in a resumed run. A begin step is no target, and rows are padded with it.
    Conditions are left open at random in each piece, `left_open` of them on average; what is open is no target.
    A share `infill` of the pieces is told with a gap that comes last; markers are no targets, so that what a model
    thinks of plain pieces does not change.
    """

    def __init__(
        self,
        packed: Packed,
        cut: Cut,
        *,
        seed: int = 0,
        transpose: tuple[int, int] = (0, 0),
        left_open: float = 0.0,
        infill: float = 0.0,
    ) -> None:
        if not len(packed):
            raise UsageError("There is no piece to train on in this split. Give a larger collection.")
        self.packed, self.cut, self.seed, self.transpose = packed, cut, seed, transpose
        self.opening = LeftOpen(packed.encoding, left_open)
        self.missing = Missing(packed.encoding, infill, cut.length + 1)
        self.rows_per_epoch = cut.count(np.diff(packed.offsets)[:: packed.variants].astype(np.int64))
        low, high = transpose
        self._reach = np.clip(packed.transposable, min(low, 0), max(high, 0)).astype(np.int64)
        self._epochs: OrderedDict[int, _Epoch] = OrderedDict()
        self._moved: dict[tuple[int, int], Table] = {}
        self._moved_bytes = 0

    def at(self, step: int) -> Batch:
        """The Batch of training step `step` (0, 1, ...)."""
        first, lead = step * self.cut.rows, self.cut.lead
        rows = [self._row(number) for number in range(first, first + self.cut.rows)]
        steps = _padded([line for line, _ in rows], BEGIN).astype(np.int32)
        weights = steps[:, lead + 1 :, 0] != BEGIN
        if self.opening.control is not None:
            weights &= _padded([~opened for _, opened in rows], True)[:, lead + 1 :]
        if self.missing.share:
            weights &= ~self.missing.is_marker(steps[:, lead + 1 :])
        return Batch(steps, weights.astype(np.float32))

    def _row(self, number: int) -> tuple[Table, NDArray[np.bool_]]:
        """(int[P + T + 1, K], bool[P + T + 1] what was left open): row `number`, counted over all epochs.

        Neighbours in the line share a step.
        """
        epoch, place = divmod(number, self.rows_per_epoch)
        here = self._epoch(epoch)
        first, last = here.rows[place % len(here.rows)]  # in other tempos an epoch may have fewer
        return here.line[first : last + 1], here.opened[first : last + 1]

    def _epoch(self, epoch: int) -> _Epoch:
        """One epoch; the last two are kept."""
        if epoch not in self._epochs:
            line, begins, end = self._line(epoch)
            opened = self.opening.apply(line, begins, np.random.default_rng((self.seed, epoch, 2)))
            bounds = self.cut.bounds(begins, end)
            order = self.cut.order(bounds, np.random.default_rng((self.seed, epoch, 1)))
            self._epochs[epoch] = _Epoch(line, np.zeros(0, np.bool_) if opened is None else opened, bounds[order])
            while len(self._epochs) > 2:
                self._epochs.popitem(last=False)
        return self._epochs[epoch]

    def _line(self, epoch: int) -> tuple[Table, NDArray[np.int64], int]:
        """(int[N, K] all pieces of an epoch end to end and padded, int64[P] where each begins, where they end)."""
        random = np.random.default_rng((self.seed, epoch))
        packed = self.packed
        pieces = random.permutation(len(packed))
        sequences = pieces * packed.variants + random.integers(0, packed.variants, len(pieces))
        reach = self._reach[sequences]
        shifts = random.integers(reach[:, 0], reach[:, 1] + 1)
        gaps = np.random.default_rng((self.seed, epoch, 3))
        moved = [
            told
            for one, shift in zip(sequences.tolist(), shifts.tolist())
            for told in self.missing.rearranged(one, self._transposed(one, shift), gaps)
        ]
        lengths = np.array([len(steps) for steps in moved], np.int64)
        begins = self.cut.lead + np.cumsum(lengths) - lengths
        before = np.full((self.cut.lead, packed.steps.shape[1]), BEGIN, packed.steps.dtype)
        after = np.full((self.cut.length, packed.steps.shape[1]), BEGIN, packed.steps.dtype)
        return np.concatenate([before, *moved, after]), begins, int(begins[-1] + lengths[-1])

    def _transposed(self, sequence: int, shift: int) -> Table:
        """Int[T, K]: a sequence moved by `shift` semitones, remembered while there is room."""
        if not shift:
            return self.packed.sequence(sequence)
        key = (sequence, shift)
        if key in self._moved:
            return self._moved[key]
        plain = np.asarray(self.packed.sequence(sequence), np.int32)
        moved = self.packed.encoding.transpose(plain, shift)
        kept: Table = (plain if moved is None else moved).astype(self.packed.steps.dtype)
        if self._moved_bytes + kept.nbytes <= _REMEMBERED:
            self._moved[key] = kept
            self._moved_bytes += kept.nbytes
        return kept


def _padded(rows: Sequence[NDArray[Any]], with_what: int) -> NDArray[Any]:
    """[B, N, ...]: rows of unlike length, filled up at their ends."""
    longest = max(map(len, rows))
    if all(len(row) == longest for row in rows):
        return np.stack(rows)
    out = np.full((len(rows), longest, *rows[0].shape[1:]), with_what, rows[0].dtype)
    for row, values in zip(out, rows):
        row[: len(values)] = values
    return out
