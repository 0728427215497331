"""How the line of all pieces is cut into rows for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError

POOL = 8  # batches whose rows are sorted by length together


@dataclass(frozen=True)
class Cut:
    """How the line of all pieces becomes rows.

    rows     rows a batch
    length   targets a row, at the most
    lead     steps that stand before a row come first: a model that sees a window of fixed length then has it whole
             at every target, and rows may be short
    whole    a row is one piece from its begin step (the rest of a longer one makes rows of its own); a batch is as
             long as the longest of its rows, and rows of like length share a batch
    """

    rows: int
    length: int
    lead: int = 0
    whole: bool = False

    def __post_init__(self) -> None:
        if self.rows < 1 or self.length < 1:
            raise UsageError(f"A batch needs at least one row and one step a row, not {self.rows} x {self.length}.")
        if self.whole and self.lead:
            raise UsageError(
                "Rows of whole pieces (training.whole) have no lead: a model of kind 'window' needs one."
            )

    def count(self, lengths: NDArray[np.int64]) -> int:
        """How many rows pieces of so many steps (int64[P], begin step counted) make."""
        if self.whole:
            return int((-(-(lengths - 1) // self.length)).sum())
        return max(1, int(-(-(lengths.sum() - 1) // self.length)))

    def bounds(self, begins: NDArray[np.int64], end: int) -> NDArray[np.int64]:
        """Int64[R, 2]: first and last step of every row of a line whose pieces begin at `begins` and stop at `end`.

        The last step of a row is only a target, the first only heard.
        """
        if not self.whole:
            starts = np.arange(begins[0] - self.lead, end - self.lead - 1, self.length)
            return np.stack([starts, starts + self.lead + self.length], axis=1)
        pieces = zip(begins, [*begins[1:], end])
        rows = [
            (at, min(at + self.length, stop - 1))
            for start, stop in pieces
            for at in range(start, stop - 1, self.length)
        ]
        return np.array(rows, np.int64).reshape(-1, 2)

    def order(self, bounds: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """Int64[R]: the rows shuffled, rows of like length of whole pieces side by side."""
        order = random.permutation(len(bounds))
        if not self.whole:
            return order
        lengths = np.diff(bounds)[:, 0]
        pools = [order[at : at + POOL * self.rows] for at in range(0, len(order), POOL * self.rows)]
        batches = []
        for pool in pools:
            alike = pool[np.argsort(lengths[pool], kind="stable")]
            parts = [alike[at : at + self.rows] for at in range(0, len(alike), self.rows)]
            batches += [parts[number] for number in random.permutation(len(parts))]
        return np.concatenate(batches)
