"""Batches for training: rows cut from shuffled, transposed pieces; a pure function of seed and step."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.data.pack import Packed
from etude.encodings.base import BEGIN
from etude.errors import UsageError
from etude.score import Table

_REMEMBERED = 2**26  # bytes of transposed sequences kept


@dataclass(frozen=True)
class Batch:
    """Rows of steps. Position t + 1 of `steps` is the target of position t; weight 0 means: no target there."""

    steps: NDArray[np.int32]  # [B, T + 1, K]
    weights: NDArray[np.float32]  # [B, T]


class PackedBatches:
    """Endless batches of `rows` rows of `length` targets each.

    An epoch lays all pieces end to end in a shuffled order, each moved by its own number of semitones (and in one
    of its tempo variants), and cuts the line into rows, which are shuffled again. Nothing hangs on what was asked
    for before: `at(step)` is the same in a resumed run. A begin step is no target, and rows are padded with it.
    """

    def __init__(
        self, packed: Packed, *, rows: int, length: int, seed: int = 0, transpose: tuple[int, int] = (0, 0)
    ) -> None:
        if not len(packed):
            raise UsageError("There is no piece to train on in this split. Give a larger collection.")
        if rows < 1 or length < 1:
            raise UsageError(f"A batch needs at least one row and one step a row, not {rows} x {length}.")
        self.packed, self.rows, self.length, self.seed = packed, rows, length, seed
        self.transpose = transpose
        lengths = np.diff(packed.offsets)[:: packed.variants]
        self.rows_per_epoch = max(1, int(-(-(lengths.sum() - 1) // length)))
        low, high = transpose
        self._reach = np.clip(packed.transposable, min(low, 0), max(high, 0)).astype(np.int64)
        self._epochs: OrderedDict[int, Table] = OrderedDict()
        self._moved: dict[tuple[int, int], Table] = {}
        self._moved_bytes = 0

    def at(self, step: int) -> Batch:
        """The Batch of training step `step` (0, 1, ...)."""
        first = step * self.rows
        steps = np.stack([self._row(number) for number in range(first, first + self.rows)]).astype(np.int32)
        weights = (steps[:, 1:, 0] != BEGIN).astype(np.float32)
        return Batch(steps, weights)

    def _row(self, number: int) -> Table:
        """Int[T + 1, K]: row `number`, counted over all epochs."""
        epoch, place = divmod(number, self.rows_per_epoch)
        row: Table = self._epoch(epoch)[place]
        return row

    def _epoch(self, epoch: int) -> Table:
        """Int[R, T + 1, K]: the rows of an epoch in their shuffled order; neighbours in the line share a step."""
        if epoch in self._epochs:
            return self._epochs[epoch]
        order = np.random.default_rng((self.seed, epoch, 1)).permutation(self.rows_per_epoch)
        line = self._line(epoch)
        starts = order * self.length
        rows = np.ascontiguousarray(line[starts[:, None] + np.arange(self.length + 1)])
        self._epochs[epoch] = rows
        while len(self._epochs) > 2:
            self._epochs.popitem(last=False)
        return rows

    def _line(self, epoch: int) -> Table:
        """Int[R * T + 1, K]: all pieces of an epoch end to end, cut or padded to whole rows."""
        random = np.random.default_rng((self.seed, epoch))
        packed = self.packed
        pieces = random.permutation(len(packed))
        sequences = pieces * packed.variants + random.integers(0, packed.variants, len(pieces))
        reach = self._reach[sequences]
        shifts = random.integers(reach[:, 0], reach[:, 1] + 1)
        wanted = self.rows_per_epoch * self.length + 1
        line = np.full((wanted, packed.steps.shape[1]), BEGIN, packed.steps.dtype)
        at = 0
        for sequence, shift in zip(sequences.tolist(), shifts.tolist()):
            moved = self._transposed(sequence, shift)[: wanted - at]
            line[at : at + len(moved)] = moved
            at += len(moved)
        return line

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
