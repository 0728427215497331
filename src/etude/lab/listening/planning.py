"""In which order pairs come, what stands beside the model in each, and on which side: by one random number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIDES = ("a", "b")
BASELINE, REAL = "baseline", "real"
KINDS = (BASELINE, REAL)  # what a model is held against


@dataclass(frozen=True)
class Plan:
    """One pair: what the model is held against, and the model's side."""

    against: str
    ours: str

    @property
    def theirs(self) -> str:
        """The other side."""
        return SIDES[1 - SIDES.index(self.ours)]


def plans(count: int, kinds: Sequence[str], seed: int) -> list[Plan]:
    """`count` plans: as many of each kind, in each kind as many with the model on either side, up to one."""
    random = np.random.default_rng(seed)
    found = []
    for at, kind in enumerate(kinds):
        share = count // len(kinds) + (at < count % len(kinds))
        first = int(random.integers(2))  # the side that an odd number favours
        found += [Plan(kind, SIDES[(first + number) % 2]) for number in range(share)]
    return [found[at] for at in random.permutation(len(found))]
