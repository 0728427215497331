"""Train, valid and test by group of tunes, from a hash: adding files moves nothing that was there.

A group is a set of tunes that repeat each other (see `duplicates`). Its side hangs on its key alone, the smallest
melody fingerprint in it. So a tune changes sides only when a new file joins its group and has a smaller key, or,
in a collection too small for the shares to fill each side, when a new file fills a side that was filled by force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPLITS: tuple[str, ...] = ("train", "valid", "test")


@dataclass(frozen=True)
class SplitRule:
    """How a collection without an official split is divided: shares of the groups, and a seed."""

    valid: float = 0.05
    test: float = 0.05
    seed: int = 0

    def describe(self) -> str:
        """The rule in one sentence."""
        return (
            f"sha256('{self.seed}:' + smallest fingerprint of the group) as a fraction of 1: below {self.test:g} "
            f"test, below {self.test + self.valid:g} valid, else train; with 3 groups no side stays empty"
        )


def place(key: str, seed: int) -> float:
    """A number in [0, 1) that depends on the group's key and the seed only."""
    return int(hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()[:12], 16) / 16**12


def split_groups(keys: Sequence[str], rule: SplitRule) -> dict[str, str]:
    """The side of each group key."""
    places = {key: place(key, rule.seed) for key in keys}
    sides = {key: _side(at, rule) for key, at in places.items()}
    for wanted, share in (("valid", rule.valid), ("test", rule.test)):
        if share > 0 and len(sides) >= 3 and wanted not in sides.values():
            # the group nearest to the border gives way, so that the choice is as stable as it can be
            movable = [key for key, side in sides.items() if _count(sides, side) > 1]
            sides[min(movable, key=lambda key: (places[key], key))] = wanted
    return sides


def _side(at: float, rule: SplitRule) -> str:
    if at < rule.test:
        return "test"
    return "valid" if at < rule.test + rule.valid else "train"


def _count(sides: Mapping[str, str], side: str) -> int:
    return sum(1 for other in sides.values() if other == side)
