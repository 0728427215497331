"""Tunes that repeat each other: exactly, in another key, or in long passages; and the groups they form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.data.fingerprints import GRAM, Fingerprint, passages

COMMON = 24  # a passage that stands in more tunes than this is a turn of phrase, not evidence
SHARED = 5  # passages two tunes must share, at the least: 16 notes in a row
SHARE = 0.12  # of the passages of the shorter one
GROUP = 0.02  # no group of near-duplicates grows beyond this share of the collection ...
GROUP_LEAST = 12  # ... unless that is less than this many tunes


@dataclass(frozen=True, order=True)
class Pair:
    """Two tunes, `first` before `second`, and the share of the shorter one that stands in both."""

    first: int
    second: int
    kind: str  # notes, transposed, near
    share: float = 1.0


@dataclass(frozen=True)
class Groups:
    """What `find_duplicates` found: all pairs, the group of each tune (its first tune), and joins not made."""

    pairs: tuple[Pair, ...]
    group: NDArray[np.int64]  # [P]: number of the first tune of the group
    refused_joins: int  # near pairs left apart because the group would have grown too large


def find_duplicates(prints: Sequence[Fingerprint]) -> Groups:
    """All duplicates among `prints`, and the groups that belong on one side of a split."""
    same = [*_same([one.notes for one in prints], "notes"), *_same([one.shape for one in prints], "transposed")]
    known: set[tuple[int, int]] = set()
    pairs = []
    for pair in same:
        if (pair.first, pair.second) not in known:
            known.add((pair.first, pair.second))
            pairs.append(pair)
    near = [pair for pair in near_pairs(prints) if (pair.first, pair.second) not in known]
    group, refused = _grouped(len(prints), pairs, near)
    return Groups(tuple(sorted([*pairs, *near])), group, refused)


def _same(keys: Sequence[str], kind: str) -> Iterable[Pair]:
    """A Pair for each tune whose key an earlier tune has too."""
    first: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key in first:
            yield Pair(first[key], number, kind)
        else:
            first[key] = number


def near_pairs(prints: Sequence[Fingerprint], common: int = COMMON) -> list[Pair]:
    """Pairs that share long passages (SHARED of them, and SHARE of the shorter tune's), whatever their keys.

    An inverted index: each passage names the tunes it stands in; pairs are counted, never searched. Source of the
    idea: Brin, Davis and Garcia-Molina, "Copy detection mechanisms for digital documents" (SIGMOD 1995).
    """
    hashes, owners = passages([one.symbols for one in prints], GRAM)
    if not len(hashes):
        return []
    sizes = np.bincount(owners, minlength=len(prints))
    starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1]))
    counts = np.diff(np.append(starts, len(hashes)))
    codes, shared = _count_pairs(owners, starts, counts, len(prints), common)
    first, second = codes // len(prints), codes % len(prints)
    share = shared / np.minimum(sizes[first], sizes[second])
    kept = (shared >= SHARED) & (share >= SHARE)
    return [
        Pair(int(a), int(b), "near", round(float(part), 4))
        for a, b, part in zip(first[kept], second[kept], share[kept])
    ]


def _count_pairs(
    owners: NDArray[np.int32], starts: NDArray[np.int64], counts: NDArray[np.int64], total: int, common: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Int64[Q], int64[Q]: first * total + second of each pair of tunes that share a passage, and how many."""
    found = [np.zeros(0, np.int64)]
    for size in range(2, common + 1):
        at = starts[counts == size]
        members = owners[at[:, None] + np.arange(size)].astype(np.int64)  # sorted along each row
        for left in range(size - 1):
            found.append((members[:, left : left + 1] * total + members[:, left + 1 :]).ravel())
    return np.unique(np.concatenate(found), return_counts=True)


def _grouped(total: int, same: Iterable[Pair], near: Iterable[Pair]) -> tuple[NDArray[np.int64], int]:
    """The first tune of each tune's group, and the number of joins refused.

    Same notes always join. Near pairs join strongest first, unless the group would pass its limit: otherwise a
    chain of half-alike tunes could tie a whole collection together and leave nothing to split.
    """
    parent = np.arange(total)
    size = np.ones(total, np.int64)
    limit = max(GROUP_LEAST, int(GROUP * total))

    def root(tune: int) -> int:
        while parent[tune] != tune:
            parent[tune] = parent[parent[tune]]
            tune = int(parent[tune])
        return tune

    def join(pair: Pair, most: int) -> bool:
        a, b = sorted((root(pair.first), root(pair.second)))
        if a == b or size[a] + size[b] > most:
            return a == b
        parent[b], size[a] = a, size[a] + size[b]
        return True

    for pair in same:
        join(pair, total)
    refused = sum(not join(pair, limit) for pair in sorted(near, key=lambda pair: (-pair.share, pair)))
    return np.array([root(tune) for tune in range(total)], np.int64), refused


def duplicates_across(ours: Sequence[Fingerprint], theirs: Sequence[Fingerprint]) -> list[Pair]:
    """Pairs (number in `ours`, number in `theirs`) of tunes that repeat each other between two collections."""
    both = [*ours, *theirs]
    border = len(ours)
    found: dict[tuple[int, int], Pair] = {}
    for kind in ("notes", "transposed"):
        where: dict[str, list[int]] = {}
        for number, one in enumerate(theirs):
            where.setdefault(one.notes if kind == "notes" else one.shape, []).append(number)
        for number, one in enumerate(ours):
            for other in where.get(one.notes if kind == "notes" else one.shape, ()):
                found.setdefault((number, other), Pair(number, other, kind))
    for pair in near_pairs(both):
        if pair.first < border <= pair.second:
            at = (pair.first, pair.second - border)
            found.setdefault(at, Pair(*at, "near", pair.share))
    return sorted(found.values())
