"""Counts of what followed each context, as sorted arrays: fitted by one sort, looked up by bisection.

A pair is one uint64: the context's hash with its lowest bits exchanged for the value that followed, so that all
followers of a context stand side by side. Two contexts that share a hash share their counts; the shares of the
followers of a hash always sum to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """The counts of one context of one field. E: distinct pairs."""

    pairs: NDArray[np.uint64]  # [E] sorted
    before: NDArray[np.int64]  # [E + 1] occurrences of all pairs that stand before
    bits: int  # the lowest bits of a pair that hold the value

    @classmethod
    def of(cls, keys: NDArray[np.uint64], values: NDArray[np.int64], size: int, most: int) -> Counts:
        """The counts of `values` (int64[N], < size) behind `keys` (uint64[N], 0: unknown, left out).

        When more than `most` distinct pairs are met, the rarest are forgotten.
        """
        bits = max(1, int(size - 1).bit_length())
        there = keys != 0
        pairs, counts = _tally(_base(keys[there], bits) | values[there].astype(np.uint64))
        least = 1
        while len(pairs) > most:
            least += 1
            pairs, counts = pairs[counts >= least], counts[counts >= least]
        return cls.from_arrays(pairs, counts, bits)

    @classmethod
    def from_arrays(cls, pairs: NDArray[np.uint64], counts: NDArray[np.int64], bits: int) -> Counts:
        """The table of distinct sorted `pairs` that occurred `counts` times."""
        return cls(pairs, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), bits)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Int64[E]: how often each pair occurred."""
        return np.diff(self.before)

    @cached_property
    def recent(self) -> dict[int, Any]:
        """What was said of contexts lately, by their hashes: kept by whoever asks step by step."""
        return {}

    def look_up(self, keys: NDArray[np.uint64], values: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Three int64[N]: occurrences of the value behind the key, of the key, and its distinct followers."""
        base = _base(keys, self.bits)
        wanted = base | values.astype(np.uint64)
        low = np.searchsorted(self.pairs, base)
        high = np.searchsorted(self.pairs, base | np.uint64(2**self.bits - 1), side="right")
        at = np.searchsorted(self.pairs, wanted)
        if not len(self.pairs):
            return np.zeros_like(low), np.zeros_like(low), np.zeros_like(low)
        found = self.pairs[np.minimum(at, len(self.pairs) - 1)] == wanted
        there = keys != 0
        hits = np.where(found & there, self.before[np.minimum(at, len(self.pairs) - 1) + 1] - self.before[at], 0)
        totals = np.where(there, self.before[high] - self.before[low], 0)
        return hits, totals, np.where(there, high - low, 0)

    def spread(self, keys: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
        """Int64[N, size]: for each key how often each value followed it, zeros for an unknown key."""
        base = _base(keys, self.bits)
        low = np.searchsorted(self.pairs, base)
        high = np.searchsorted(self.pairs, base | np.uint64(2**self.bits - 1), side="right")
        found = np.where(keys != 0, high - low, 0)
        rows = np.repeat(np.arange(len(keys)), found)
        at = np.arange(len(rows)) - np.repeat(np.cumsum(found) - found, found) + low[rows]
        out = np.zeros((len(keys), size), np.int64)
        out[rows, (self.pairs[at] & np.uint64(2**self.bits - 1)).astype(np.int64)] = self.counts[at]
        return out

    def followers(self, key: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int] | None:
        """(values int64[D], counts int64[D], their sum) of what followed the context with this hash; None: none."""
        mask = 2**self.bits - 1
        base = np.uint64(key & ~mask)
        last = np.uint64(key | mask)
        low = int(self.pairs.searchsorted(base))
        if key == 0 or low == len(self.pairs) or self.pairs[low] > last:
            return None
        pairs = self.pairs[low : low + mask + 1]
        pairs = pairs[: int(pairs.searchsorted(last, side="right"))]
        before = self.before[low : low + len(pairs) + 1]
        return (pairs & np.uint64(mask)).astype(np.int64), before[1:] - before[:-1], int(before[-1] - before[0])


def _base(keys: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    return keys & np.uint64((2**64 - 1) ^ (2**bits - 1))


def _tally(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The distinct pairs, sorted, and how often each occurs."""
    ordered = np.sort(pairs)
    if not len(ordered):
        return ordered, np.zeros(0, np.int64)
    firsts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[firsts], np.diff(np.append(firsts, len(ordered)))
