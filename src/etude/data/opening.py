"""Conditions while they are learned: which are left open in which piece, and what of them was heard at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.score import Table

if TYPE_CHECKING:
    from etude.data.pack import Packed
    from etude.encodings.base import Encoding
    from etude.encodings.conditions import Conditions


@dataclass(frozen=True)
class LeftOpen:
    """Conditions of an encoding left open at random: on average `share` of them, each by itself.

    How many are left open differs from piece to piece: each piece has a rate of its own, even between 0 and twice
    `share`, so that with a share of 0.5 pieces told everything, one thing and nothing are equally frequent.
    """

    encoding: Encoding
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 0.5:
            raise UsageError(f"'data.left_open' must be 0 (all is told) to 0.5, not {self.share}.")

    @property
    def control(self) -> Conditions | None:
        """The conditions; None where there is nothing to leave open."""
        return getattr(self.encoding, "control", None) if self.share else None

    def apply(
        self, line: Table, begins: NDArray[np.int64], random: np.random.Generator
    ) -> NDArray[np.bool_] | None:
        """Leaves conditions of the pieces that begin at `begins` (int64[P]) open in `line` (int[N, K]), in place.

        Gives bool[N], the steps that were told before; None where the encoding has no conditions.
        """
        if self.control is None:
            return None
        kinds = len(self.control.kinds)
        rates = 2 * self.share * random.random(len(begins))
        chosen = random.random((len(begins), kinds)) < rates[:, None]
        at = (begins[:, None] + 1 + np.arange(kinds))[chosen]
        at = at[at < len(line)]
        before = line[at, 0]
        line[at, 0] = self.control.openings()[before]
        changed = np.zeros(len(line), np.bool_)
        changed[at] = line[at, 0] != before
        return changed


def told_values(packed: Packed, transpose: tuple[int, int] = (0, 0)) -> dict[str, dict[str, int]]:
    """Condition -> choice -> how many pieces are told it; {} for an encoding without conditions.

    Each piece counts in every key that `transpose` (lowest, highest) moves it to.
    """
    control: Conditions | None = getattr(packed.encoding, "control", None)
    if control is None:
        return {}
    first = packed.offsets[:-1][:: packed.variants]
    reach = np.clip(packed.transposable[:: packed.variants], min(transpose[0], 0), max(transpose[1], 0))
    values = np.asarray(packed.steps[first[:, None] + 1 + np.arange(len(control.kinds)), 0], np.int64)
    found: Counter[int] = Counter()
    told = np.zeros((len(first), control.first + control.size), np.bool_)
    rows = np.arange(len(first))[:, None]
    for shift in range(transpose[0], transpose[1] + 1):
        there = (reach[:, 0] <= shift) & (shift <= reach[:, 1])
        told[rows[there], control.moved(shift)[values[there]]] = True
    found.update({value: int(count) for value, count in enumerate(told.sum(axis=0)) if count})
    return {
        kind: {control.meaning(value)[1]: found[value] for value in control.values(kind)[1:] if found[value]}
        for kind in control.kinds
    }
