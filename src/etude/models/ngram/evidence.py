"""What the levels of an n-gram say about many targets at once: about the true values, or about all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.contexts import Stack, keys
from etude.models.ngram.copying import depth, visible_counts, visible_spread
from etude.models.ngram.mixing import Evidence, copy_buckets, train_buckets

if TYPE_CHECKING:
    from etude.models.ngram.model import NGram

Level = tuple[NDArray[np.float64], NDArray[np.int16]]  # shares [N, V] of all values; buckets [N], -1 where not seen


def evidence(model: NGram, stacked: Stack, k: int, visible: int | None) -> Evidence:
    """What each level of field k says about the true value of each target, the least specific first."""
    values = stacked.values[stacked.targets, k]
    shares, buckets = [], []
    for context, table in zip(model.chains[k].trained, model.tables[k]):
        hits, totals, distinct = table.look_up(keys(stacked, context, model.settings.periods), values)
        shares.append(hits / np.maximum(totals, 1))
        buckets.append(train_buckets(totals, distinct))
    for context in model.chains[k].copied:
        found = keys(stacked, context, model.settings.periods)
        hits, totals, run = visible_counts(stacked, found, values, _memory(model, visible) - depth(context))
        shares.append(hits / np.maximum(totals, 1))
        buckets.append(copy_buckets(totals, run))
    return Evidence(np.array(shares), np.array(buckets))


def levels(model: NGram, stacked: Stack, k: int, visible: int | None) -> Iterator[Level]:
    """What each level of field k says about every value, the least specific first."""
    values, size = stacked.values[stacked.targets, k], model.field_sizes[k]
    for context, table in zip(model.chains[k].trained, model.tables[k]):
        counts = table.spread(keys(stacked, context, model.settings.periods), size)
        totals = counts.sum(axis=1)
        yield _shares(counts, totals), train_buckets(totals, (counts > 0).sum(axis=1))
    for context in model.chains[k].copied:
        found = keys(stacked, context, model.settings.periods)
        reach = _memory(model, visible) - depth(context)
        _, totals, run = visible_counts(stacked, found, values, reach)
        yield _shares(visible_spread(stacked, found, values, reach, size), totals), copy_buckets(totals, run)


def _memory(model: NGram, visible: int | None) -> int:
    """How many steps copying can see."""
    return min(visible or model.settings.memory, model.settings.memory)


def _shares(counts: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(counts / np.maximum(totals, 1)[:, None])
