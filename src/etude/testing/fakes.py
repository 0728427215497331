"""Models that need no training, and steps for them: for tests of whatever takes a Stepper or a Scorer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import END


def random_piece(field_sizes: Sequence[int], length: int = 50, seed: int = 0) -> NDArray[np.int32]:
    """Int32[length, K]: a begin step and random ones, for models that do not ask whether it is music."""
    random = np.random.default_rng(seed)
    steps = np.stack([random.integers(0, size, length) for size in field_sizes], axis=1).astype(np.int32)
    steps[0] = 0
    return steps


class _Counting:
    """The part of a Stepper that only counts: its state is the number of steps heard."""

    def __init__(self, field_sizes: Sequence[int]) -> None:
        self._sizes = tuple(field_sizes)

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self._sizes

    def start(self) -> int:
        """The state before anything was heard."""
        return 0

    def feed(self, state: int, steps: NDArray[np.int32]) -> int:
        """The state after `steps` (int32[T, K]) more."""
        return state + len(steps)

    def fork(self, state: int) -> int:
        """The state itself: feeding never changes it."""
        return state


class UniformStepper(_Counting):
    """A Stepper and Scorer to which every value is equally likely."""

    def logits(self, state: int, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: zeros."""
        return np.zeros(self._sizes[len(chosen)], np.float32)

    def nats(self, steps: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[T - 1, K]: the logarithm of each field's size."""
        return np.tile(np.log(np.array(self._sizes, np.float64)), (max(len(steps) - 1, 0), 1))


class TableStepper:
    """A Stepper and Scorer whose logits are looked up by the last step's first value and the fields chosen so far.

    `tables[k]` is float32[V_0, V_0, ..., V_{k-1}, V_k]: last first value, then the chosen fields, then the scores.
    """

    def __init__(self, tables: Sequence[NDArray[np.float32]]) -> None:
        self.tables = [np.asarray(table, np.float32) for table in tables]

    @classmethod
    def random(cls, field_sizes: Sequence[int], seed: int = 0) -> TableStepper:
        """A TableStepper with normally distributed logits."""
        random = np.random.default_rng(seed)
        shapes = [(field_sizes[0], *field_sizes[: k + 1]) for k in range(len(field_sizes))]
        return cls([random.normal(size=shape).astype(np.float32) for shape in shapes])

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return tuple(table.shape[-1] for table in self.tables)

    def start(self) -> int:
        """The state before anything was heard: as if the last value were 0."""
        return 0

    def feed(self, state: int, steps: NDArray[np.int32]) -> int:
        """The first value of the last of `steps` (int32[T, K])."""
        return int(steps[-1, 0]) if len(steps) else state

    def fork(self, state: int) -> int:
        """The state itself: feeding never changes it."""
        return state

    def logits(self, state: int, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: a row of the table."""
        row: NDArray[np.float32] = self.tables[len(chosen)][(state, *chosen)]
        return row.copy()

    def nats(self, steps: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:]."""
        out = np.zeros((max(len(steps) - 1, 0), len(self.tables)))
        for row, (before, step) in enumerate(zip(steps[:-1, 0], steps[1:])):
            for field in range(len(self.tables)):
                scores = self.logits(int(before), [int(value) for value in step[:field]]).astype(np.float64)
                out[row, field] = np.logaddexp.reduce(scores) - scores[step[field]]
        return out


class ByHeart(_Counting):
    """A Stepper that knows one passage by heart: whatever it has heard, it goes round and round in it.

    `passage` is int32[T, K]; what comes next in it is `sure` nats above everything else, the end 50 nats below.
    """

    def __init__(self, passage: NDArray[np.int32], field_sizes: Sequence[int], sure: float) -> None:
        super().__init__(field_sizes)
        self.passage, self.sure = passage, sure

    def logits(self, state: int, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: the next value of the passage is `sure`, the others are equally likely."""
        out = np.zeros(self._sizes[len(chosen)], np.float32)
        if not chosen:
            out[END] = -50
        out[self.passage[(state - 1) % len(self.passage), len(chosen)]] = self.sure
        return out
