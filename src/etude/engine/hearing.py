"""From steps to rows of the joint embedding table: the steps, those before them, what is worked out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.engine.derived import Columns, Ears


class Layout:
    """Which tables lie below each other, and where each begins.

    V_k rows for each field, V_k + 1 for each field and earlier step, then those of the derived columns.
    """

    def __init__(self, sizes: Sequence[int], history: int, columns: Columns | None = None) -> None:
        self.fields, self.history, self.derived = len(sizes), history, columns
        tables = [*sizes, *[size + 1 for size in sizes] * history, *(columns.sizes if columns else ())]
        self.columns, self.rows = len(tables), sum(tables)
        self.offsets = np.concatenate([[0], np.cumsum(tables)[:-1]]).astype(np.int64)

    @classmethod
    def of(
        cls, config: Mapping[str, Any], sizes: Sequence[int], numbers: Sequence[Any], timing: Sequence[Any]
    ) -> Layout:
        """The layout of a model with such settings; `numbers` say what the values of each field stand for, `timing`
        what those of the first do to the bar."""
        derived = tuple(config.get("derived", ()))
        if not derived:
            return cls(sizes, int(config["history"]))
        told = tuple(tuple(one) if one is not None else None for one in numbers)
        if len(told) != len(sizes) or any(one and len(one) != size for one, size in zip(told, sizes)):
            raise ValueError("the numbers do not fit the fields")
        moves = tuple(tuple(map(int, row)) for row in timing)
        if ("bar" in derived) != bool(moves) or (moves and len(moves) != sizes[0]) or {*map(len, moves)} - {4}:
            raise ValueError("the timing does not fit the first field")
        columns = Columns(derived, told, tuple(sizes), moves, int(config.get("music", 0)))
        return cls(sizes, int(config["history"]), columns)


class Hearing:
    """What one sequence left in the ears."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.previous = np.full((layout.history, layout.fields), -1, np.int32)
        self.ears = Ears(layout.derived) if layout.derived else None

    def copy(self) -> Hearing:
        """One that goes on from here by itself."""
        other = Hearing(self.layout)
        other.previous = self.previous
        other.ears = self.ears.copy() if self.ears else None
        return other

    def rows(self, steps: NDArray[np.int32]) -> NDArray[np.int64]:
        """Int64[T, C]: the table rows to add up for `steps` (int32[T, K]), which from now on were heard."""
        columns = [steps.astype(np.int64)]
        history = self.layout.history
        if history:
            line = np.concatenate([self.previous, steps])
            for lag in range(1, history + 1):
                columns.append(line[history - lag : len(line) - lag].astype(np.int64) + 1)
            self.previous = line[len(line) - history :]
        if self.ears:
            columns.append(self.ears.hear(steps))
        return np.concatenate(columns, axis=1) + self.layout.offsets
