"""Batches for training: rows cut from shuffled, transposed pieces; a pure function of seed and step."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """All pieces in one order: the line int[N, K], bool[N] what was left open in it (or [0]), int64[R] its rows."""

    line: Table
    opened: NDArray[np.bool_]
    order: NDArray[np.int64]


class PackedBatches:
    """Endless batches of `rows` rows of `length` targets each.

    An epoch lays all pieces end to end in a shuffled order, each moved by its own number of semitones (and in one
    of its tempo variants), and cuts the line into rows, which are shuffled again. Nothing hangs on what was asked
    for before: `at(step)` is the same in a resumed run. A begin step is no target, and rows are padded with it.
    Conditions are left open at random in each piece, `left_open` of them on average; what is open is no target.
    With `lead`, so many steps that stand before a row come first: a model that sees a window of fixed length then
    has it whole at every target, and rows may be short.
    """

    def __init__(
        self,
        packed: Packed,
        *,
        rows: int,
        length: int,
        seed: int = 0,
        transpose: tuple[int, int] = (0, 0),
        lead: int = 0,
        left_open: float = 0.0,
    ) -> None:
        if not len(packed):
            raise UsageError("There is no piece to train on in this split. Give a larger collection.")
        if rows < 1 or length < 1:
            raise UsageError(f"A batch needs at least one row and one step a row, not {rows} x {length}.")
        self.packed, self.rows, self.length, self.seed = packed, rows, length, seed
        self.transpose, self.lead = transpose, lead
        self.opening = LeftOpen(packed.encoding, left_open)
        lengths = np.diff(packed.offsets)[:: packed.variants]
        self.rows_per_epoch = max(1, int(-(-(lengths.sum() - 1) // length)))
        low, high = transpose
        self._reach = np.clip(packed.transposable, min(low, 0), max(high, 0)).astype(np.int64)
        self._epochs: OrderedDict[int, _Epoch] = OrderedDict()
        self._moved: dict[tuple[int, int], Table] = {}
        self._moved_bytes = 0

    def at(self, step: int) -> Batch:
        """The Batch of training step `step` (0, 1, ...)."""
        first = step * self.rows
        rows = [self._row(number) for number in range(first, first + self.rows)]
        steps = np.stack([line for line, _ in rows]).astype(np.int32)
        weights = steps[:, self.lead + 1 :, 0] != BEGIN
        if self.opening.control is not None:
            weights &= ~np.stack([opened for _, opened in rows])[:, self.lead + 1 :]
        return Batch(steps, weights.astype(np.float32))

    def _row(self, number: int) -> tuple[Table, NDArray[np.bool_]]:
        """(int[P + T + 1, K], bool[P + T + 1] what was left open): row `number`, counted over all epochs.

        Neighbours in the line share a step.
        """
        epoch, place = divmod(number, self.rows_per_epoch)
        here = self._epoch(epoch)
        start = int(here.order[place]) * self.length
        row = slice(start, start + self.lead + self.length + 1)
        return here.line[row], here.opened[row]

    def _epoch(self, epoch: int) -> _Epoch:
        """One epoch; the last two are kept."""
        if epoch not in self._epochs:
            order = np.random.default_rng((self.seed, epoch, 1)).permutation(self.rows_per_epoch)
            line, begins = self._line(epoch)
            opened = self.opening.apply(line, begins, np.random.default_rng((self.seed, epoch, 2)))
            self._epochs[epoch] = _Epoch(line, np.zeros(0, np.bool_) if opened is None else opened, order)
            while len(self._epochs) > 2:
                self._epochs.popitem(last=False)
        return self._epochs[epoch]

    def _line(self, epoch: int) -> tuple[Table, NDArray[np.int64]]:
        """Int[P + R * T + 1, K]: all pieces of an epoch end to end, cut or padded to whole rows; and int64, where
        each begins."""
        random = np.random.default_rng((self.seed, epoch))
        packed = self.packed
        pieces = random.permutation(len(packed))
        sequences = pieces * packed.variants + random.integers(0, packed.variants, len(pieces))
        reach = self._reach[sequences]
        shifts = random.integers(reach[:, 0], reach[:, 1] + 1)
        wanted = self.lead + self.rows_per_epoch * self.length + 1
        line = np.full((wanted, packed.steps.shape[1]), BEGIN, packed.steps.dtype)
        begins, at = [], self.lead
        for sequence, shift in zip(sequences.tolist(), shifts.tolist()):
            moved = self._transposed(sequence, shift)[: wanted - at]
            line[at : at + len(moved)] = moved
            begins.append(at)
            at += len(moved)
        return line, np.array(begins, np.int64)

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
