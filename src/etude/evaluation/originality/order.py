"""A long line of symbols sorted by all its suffixes, and the longest stretches of another line that stand in it.

Sources: Manber and Myers, "Suffix arrays: a new method for on-line string searches" (1993), for the order and the
search with known common prefixes; Larsson and Sadakane, "Faster suffix sorting" (1999), for sorting again only
what is not settled yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Symbols = NDArray[np.uint32]

_BITS = 62  # of the first key: as many symbols as fit


def suffix_order(symbols: Symbols) -> Numbers:
    """Int64[n]: the places of `symbols`, sorted by the symbols that stand there and behind."""
    count = len(symbols)
    key, reach = _first_keys(symbols)
    order = np.argsort(key, kind="stable")
    rank = np.empty(count, np.int64)
    slots, key = np.arange(count), key[order]
    while len(slots):
        opening = np.append(True, key[1:] != key[:-1])  # of a group of suffixes that look the same so far
        group = slots[np.maximum.accumulate(np.where(opening, np.arange(len(slots)), 0))]
        rank[order[slots]] = group
        alone = opening & np.append(opening[1:], True)
        slots, group = slots[~alone], group[~alone]
        here = order[slots]
        after = np.where(here + reach < count, rank[np.minimum(here + reach, count - 1)] + 1, 0)
        key = group * (count + 1) + after
        turn = np.argsort(key, kind="stable")
        order[slots], key = here[turn], key[turn]
        reach *= 2
    return order


def _first_keys(symbols: Symbols) -> tuple[Numbers, int]:
    """Int64[n]: a number that sorts as the first few symbols from each place on do; and how many those are."""
    _, dense = np.unique(symbols, return_inverse=True)
    bits = int(dense.max(initial=0) + 1).bit_length()
    reach = max(1, _BITS // bits)
    padded = np.concatenate([dense.astype(np.int64) + 1, np.zeros(reach, np.int64)])
    key = np.zeros(len(symbols), np.int64)
    for offset in range(reach):
        key = (key << bits) + padded[offset : offset + len(symbols)]
    return key, reach


def longest_matches(symbols: Symbols, order: NDArray[np.integer[Any]], wanted: Symbols) -> tuple[Numbers, Numbers]:
    """Int64[m] twice: how many symbols of `wanted` from each place on stand in `symbols`; the slot of `order`.

    `symbols` must end with one that `wanted` never holds; the last of `wanted` must be one that `symbols` never
    holds, and is left out of the answer.
    """
    here = np.arange(len(wanted) - 1)
    low, high = np.zeros(len(here), np.int64), np.full(len(here), len(order))  # the suffix belongs before `high`
    best, slots = np.zeros(len(here), np.int64), np.zeros(len(here), np.int64)
    below, above = best.copy(), best.copy()  # symbols in common with the suffixes just below low and at high
    while (open_ := low < high).any():
        at = np.flatnonzero(open_)
        middle = (low[at] + high[at]) // 2
        there = order[middle].astype(np.int64)
        common = common_lengths(symbols, there, wanted, at, np.minimum(below[at], above[at]))
        better = common > best[at]
        best[at[better]], slots[at[better]] = common[better], middle[better]
        before = symbols[there + common] < wanted[at + common]
        low[at[before]], below[at[before]] = middle[before] + 1, common[before]
        high[at[~before]], above[at[~before]] = middle[~before], common[~before]
    return best, slots


def common_lengths(
    symbols: Symbols, there: Numbers, wanted: Symbols, here: Numbers, known: Numbers | int = 0
) -> Numbers:
    """Int64[m]: how many symbols are alike from `there` in one line and `here` in the other, `known` at least."""
    common = np.zeros(len(here), np.int64) + known
    alive = np.arange(len(here))
    while len(alive):
        same = symbols[there[alive] + common[alive]] == wanted[here[alive] + common[alive]]
        alive = alive[same]
        common[alive] += 1
    return common
