"""Pieces told with a gap while they are learned: which, and where the gap is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Encoding
from etude.encodings.infill import Gap, Infilling, gaps, infilling_of, rearranged
from etude.errors import UsageError
from etude.score import Table


@dataclass(frozen=True)
class Missing:
    """Gaps in a `share` of the pieces, which are rearranged so that the gap comes last, in at most `most` steps.

    All gaps that begin and end where the encoding can be cut are equally likely. Where they are is the same in
    every key, so it is worked out once a piece.
    """

    encoding: Encoding
    share: float
    most: int
    known: dict[int, list[Gap]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise UsageError(f"'data.infill' must be 0 (no piece is rearranged) to 1, not {self.share}.")

    @property
    def infilling(self) -> Infilling | None:
        """The markers; None where nothing is to be rearranged."""
        return infilling_of(self.encoding) if self.share else None

    def rearranged(self, number: int, steps: Table, random: np.random.Generator) -> list[Table]:
        """Int[T, K] each: sequence `number` as it is, or told with a gap; one that cannot be cut twice stays.

        Of a long piece only what is near a gap is told, so it is told as often as it has rows, each with its own.
        """
        infilling = self.infilling
        if infilling is None or random.random() >= self.share:
            return [steps]
        plain = np.asarray(steps, np.int32)
        if number not in self.known:
            self.known[number] = gaps(infilling.cuts, self._own(plain), self.most // 2)
        found = self.known[number]
        if not found:
            return [steps]
        times = -(-len(steps) // self.most)
        chosen = random.choice(len(found), times, replace=times > len(found))
        return [rearranged(self.encoding, plain, found[one], self.most).astype(steps.dtype) for one in chosen]

    def _own(self, steps: Table) -> Table:
        """The steps without those that tell conditions."""
        control = getattr(self.encoding, "control", None)
        return np.delete(steps, slice(1, 1 + len(control.kinds)), axis=0) if control is not None else steps

    def is_marker(self, steps: Table) -> NDArray[np.bool_]:
        """Bool[...]: which of int[..., K] steps are markers: nothing to be foretold."""
        infilling = self.infilling
        return np.zeros(steps.shape[:-1], np.bool_) if infilling is None else infilling.is_marker(steps)
