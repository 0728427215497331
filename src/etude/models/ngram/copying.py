"""Counts of what followed each context in the visible part of the piece itself: the copying half of the model.

Source: Kuhn and De Mori, "A cache-based natural language model for speech recognition" (1990).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.contexts import Context, Stack

NO_LIMIT = 2**40


def depth(context: Context) -> int:
    """How many steps must be heard before a target can be an occurrence of its context: at least one."""
    return max((lag for lag, _ in context if lag), default=1)


def visible_counts(
    stacked: Stack, keys: NDArray[np.uint64], values: NDArray[np.int64], reach: int
) -> tuple[NDArray[np.int64], ...]:
    """Three int64[N] for each target: earlier occurrences of key and value, of the key, and the latest run.

    An occurrence counts when it stands in the same sequence, at most `reach` steps before the target. The run is
    the number of latest occurrences of the key that were all followed by the same value.
    """
    here = _Groups(stacked, keys)
    both = _Groups(stacked, _with_value(keys, values))
    totals, there = here.earlier(reach), keys != 0
    run = np.minimum(_run_before(here, values), totals)
    return np.where(there, both.earlier(reach), 0), np.where(there, totals, 0), np.where(there, run, 0)


def visible_spread(
    stacked: Stack, keys: NDArray[np.uint64], values: NDArray[np.int64], reach: int, size: int
) -> NDArray[np.int64]:
    """Int64[N, size]: for each target the earlier occurrences of its key, as `visible_counts`, by what followed."""
    here = _Groups(stacked, keys)
    count = len(keys)
    before = np.zeros((count + 1, size), np.int32)  # how often each value stands before a place in sorted order
    before[np.arange(1, count + 1), values[here.order]] = 1
    np.cumsum(before, axis=0, out=before)
    place = np.arange(count)
    found = before[place] - before[np.minimum(here.oldest(reach), place)]
    out = np.empty((count, size), np.int64)
    out[here.order] = found
    out[keys == 0] = 0
    return out


def _with_value(keys: NDArray[np.uint64], values: NDArray[np.int64]) -> NDArray[np.uint64]:
    mixed = (keys ^ (values + 1).astype(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
    return mixed ^ (mixed >> np.uint64(33))


class _Groups:
    """Targets sorted by sequence and key, in each group by time."""

    def __init__(self, stacked: Stack, keys: NDArray[np.uint64]) -> None:
        self.rows = stacked.targets
        own = keys ^ (stacked.sequence.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        self.order = np.argsort(own, kind="stable")
        ordered = own[self.order]
        new = np.ones(len(ordered), np.bool_)
        new[1:] = ordered[1:] != ordered[:-1]
        self.group = np.cumsum(new) - 1
        self.start = np.flatnonzero(new)[self.group] if len(new) else np.zeros(0, np.int64)

    def earlier(self, reach: int) -> NDArray[np.int64]:
        """Int64[N]: members of the target's group that stand at most `reach` steps before it."""
        return self.unsort(np.maximum(np.arange(len(self.order)) - self.oldest(reach), 0))

    def oldest(self, reach: int) -> NDArray[np.int64]:
        """Int64[N] in sorted order: the first member of the group that stands at most `reach` steps before."""
        oldest = self.start
        if reach < NO_LIMIT and len(oldest):
            rows = self.rows[self.order]
            span = np.int64(rows.max() + 1)
            wanted = self.group * span + np.maximum(rows - reach, 0)
            oldest = np.searchsorted(self.group * span + rows, wanted)
        return np.asarray(oldest)

    def unsort(self, ordered: NDArray[np.int64]) -> NDArray[np.int64]:
        """Int64[N]: what stands in sorted order, put back at its targets."""
        out = np.empty_like(ordered)
        out[self.order] = ordered
        return out


def _run_before(groups: _Groups, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Int64[N]: how many members just before the target in its group were followed by the same value."""
    place = np.arange(len(groups.order))
    ordered = values[groups.order]
    changed = np.ones(len(place), np.bool_)
    changed[1:] = (ordered[1:] != ordered[:-1]) | (groups.group[1:] != groups.group[:-1])
    since = place - np.maximum.accumulate(np.where(changed, place, 0)) + 1  # run that ends with this member
    before = np.concatenate([[0], since[:-1]]) if len(place) else since
    return groups.unsort(np.where(place > groups.start, before, 0))
