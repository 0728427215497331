"""In which order pairs or single pieces come, what each holds, and what comes twice: by one random number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

SIDES = ("a", "b")
ALONE = ("a",)  # the one side of a single piece
MODEL, BASELINE, REAL = "model", "baseline", "real"
KINDS = (BASELINE, REAL)  # what a model is held against


@dataclass(frozen=True)
class Plan:
    """One pair: what the model is held against, and the model's side; of a single piece its source, and no side.

    repeats: the number, from 1, of what is heard again here to see whether people listen; 0: nothing is.
    """

    against: str
    ours: str
    repeats: int = 0

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


def singles(count: int, kinds: Sequence[str], seed: int) -> list[Plan]:
    """`count` plans of single pieces: as many of the model as of each kind, up to one, in an order by `seed`."""
    sources = (MODEL, *kinds)
    found = [Plan(sources[at % len(sources)], ALONE[0] if at % len(sources) == 0 else "") for at in range(count)]
    return [found[at] for at in np.random.default_rng(seed).permutation(count)]


def with_repeats(plans: Sequence[Plan], count: int, seed: int) -> list[Plan]:
    """The plans, and `count` of the first half again somewhere in the second half; pairs with their sides swapped.

    At least one other stands between the two; so there are no more repeats than half the plans hold.
    """
    half = len(plans) // 2
    random = np.random.default_rng((seed, 1))
    order = [(at, False) for at in range(len(plans))]
    for at in sorted(random.permutation(half)[:count].tolist()):
        order.insert(int(random.integers(max(half, at + 2), len(order) + 1)), (at, True))
    number = {at: place for place, (at, again) in enumerate(order, 1) if not again}
    return [_again(plans[at], number[at]) if again else plans[at] for at, again in order]


def _again(plan: Plan, number: int) -> Plan:
    return replace(plan, ours=plan.theirs if plan.against != MODEL and plan.ours else plan.ours, repeats=number)
