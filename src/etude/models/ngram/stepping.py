"""The n-gram fed one step at a time: what it remembers of the piece, and the next field's probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.contexts import BEGIN, UNKNOWN, Plan
from etude.models.ngram.copying import depth
from etude.models.ngram.mixing import copy_bucket, train_bucket

if TYPE_CHECKING:
    from etude.models.ngram.model import NGram
    from etude.models.ngram.tables import Counts

Keys = tuple[list[int], NDArray[np.uint64]]  # of the trained contexts of a field, and of the copied

_RUN = 4  # runs that are longer are one to the buckets


class Said(NamedTuple):
    """What one level says: the shares of the values `at`, and its bucket, -1 where it has not seen the context."""

    at: NDArray[np.int64] | slice
    shares: NDArray[np.float64]
    bucket: int


_KEPT = 2_000  # contexts of a table
_ALL = slice(None)
NOTHING = Said(np.zeros(0, np.int64), np.zeros(0), -1)  # of a context that was not seen


@dataclass
class Memory:
    """The steps heard, and for each field the keys of the copied contexts that each step was heard in.

    Kept in arrays of room for twice `settings.memory` steps: the older half is dropped when they are full.
    """

    steps: NDArray[np.int64]  # [room, K]
    keys: list[NDArray[np.uint64]]  # per field [copied contexts, room]
    plans: tuple[Plan, ...]  # of each field; shared by all copies
    length: int = 0  # rows in use
    since_begin: int | None = None  # steps heard after the latest begin step; None: none was heard
    asked: dict[tuple[int, ...], Keys] = field(default_factory=dict)  # fields chosen -> keys, of the next step

    @classmethod
    def empty(cls, model: NGram) -> Memory:
        """Nothing heard."""
        room = 64
        keys = [np.zeros((len(chain.copied), room), np.uint64) for chain in model.chains]
        plans = [
            Plan.of(one.trained, one.copied, [depth(context) for context in one.copied]) for one in model.chains
        ]
        return cls(np.zeros((room, len(model.field_sizes)), np.int64), keys, tuple(plans))

    def copy(self) -> Memory:
        """An independent copy."""
        keys = [keys.copy() for keys in self.keys]
        return replace(self, steps=self.steps.copy(), keys=keys, asked=dict(self.asked))

    def hear(self, model: NGram, step: Sequence[int]) -> None:
        """Takes in one step (K integers)."""
        self._make_room(model.settings.memory)
        for number, keys in enumerate(self.keys):
            keys[:, self.length] = self._keys(model, step[:number])[1]
        self.steps[self.length] = step
        self.length += 1
        self.asked = {}
        if step[0] == BEGIN:
            self.since_begin = 0
        elif self.since_begin is not None:
            self.since_begin += 1

    def probabilities(self, model: NGram, chosen: Sequence[int]) -> NDArray[np.float64]:
        """Float64[V_k]: how likely each value of field k = len(chosen) of the next step is."""
        number = len(chosen)
        out = np.full(model.field_sizes[number], 1.0 / model.field_sizes[number])
        weights = model.weights[number]
        for level, (at, shares, bucket) in enumerate(self.levels(model, chosen)):
            if bucket >= 0:
                weight = float(weights[level, bucket])
                out *= 1.0 - weight
                if at is _ALL:
                    out += weight * shares
                else:
                    out[at] += weight * shares
        return out

    def levels(self, model: NGram, chosen: Sequence[int]) -> Iterator[Said]:
        """What each level of field k = len(chosen) says about the next step, the least specific first."""
        number = len(chosen)
        (keys, copied), plan = self._keys(model, chosen), self.plans[number]
        said: list[Said] = []
        for key, table, (parent, _) in zip(keys, model.tables[number], plan.nodes):
            # what goes on from a context that was never seen was not seen either
            unseen = parent >= 0 and said[parent] is NOTHING
            said.append(NOTHING if unseen else _counted(table, key))
            yield said[-1]
        yield from self._copied(model, number, copied) if len(copied) else ()

    def _copied(self, model: NGram, number: int, keys: NDArray[np.uint64]) -> Iterator[Said]:
        """What was heard in the copied contexts with these keys (uint64[C]), each in turn."""
        size, depths = model.field_sizes[number], self.plans[number].depths
        gone = self.length - model.settings.memory  # steps that are out of sight
        start = max(1, gone + int(depths.min()))
        found = self.keys[number][:, start : self.length] == keys[:, None]
        if not keys.all():
            found[keys == UNKNOWN] = False
        if gone + int(depths.max()) > 1:
            found &= np.arange(start, self.length) >= gone + depths[:, None]
        rows, at = np.nonzero(found)  # by context, then by time
        values = self.steps[at + start, number]
        totals = np.bincount(rows, minlength=len(keys))
        counts = np.bincount(rows * size + values, minlength=len(keys) * size).reshape(len(keys), size)
        shares = counts / np.maximum(totals, 1)[:, None]
        end = 0
        for row, total in zip(shares, totals.tolist()):
            end += total
            if total:
                yield Said(_ALL, row, copy_bucket(total, _latest_run(values[end - total : end])))
            else:
                yield NOTHING

    def _keys(self, model: NGram, chosen: Sequence[int]) -> Keys:
        """The key of every context of field k = len(chosen) before the next step: the trained ones, the copied."""
        asked = tuple(chosen)
        if asked not in self.asked:
            plan = self.plans[len(asked)]
            keys = plan.keys([self._value(model, lag, place, asked) for lag, place in plan.cells])
            self.asked[asked] = keys[: plan.trained], np.array(keys[plan.trained :], np.uint64)
        return self.asked[asked]

    def _value(self, model: NGram, lag: int, number: int, chosen: Sequence[int]) -> int | None:
        """The value of one cell before the next step; -1: nothing stood there, None: not known."""
        fields = len(model.field_sizes)
        if number >= fields:
            period = model.settings.periods[number - fields]
            return None if self.since_begin is None else self.since_begin % period
        if lag == 0:
            return chosen[number]
        if self.since_begin is not None and lag > self.since_begin + 1:
            return -1
        return int(self.steps[self.length - lag, number]) if lag <= self.length else None

    def _make_room(self, memory: int) -> None:
        if self.length < len(self.steps):
            return
        if self.length >= 2 * memory + 64:  # deep contexts still find their steps
            keep = self.length - memory - 64
            self.steps[: self.length - keep] = self.steps[keep : self.length].copy()
            for keys in self.keys:
                keys[:, : self.length - keep] = keys[:, keep : self.length].copy()
            self.length -= keep
            return
        self.steps = np.concatenate([self.steps, np.zeros_like(self.steps)])
        self.keys = [np.concatenate([keys, np.zeros_like(keys)], axis=1) for keys in self.keys]


def _counted(table: Counts, key: int) -> Said:
    """What a table says of the context with this hash."""
    known: Said | None = table.recent.get(key)
    if known is None:
        found = table.followers(key)
        known = NOTHING
        if found is not None:
            values, counts, total = found
            known = Said(values, counts / total, train_bucket(total, len(values)))
        if len(table.recent) >= _KEPT:
            table.recent.clear()
        table.recent[key] = known
    return known


def _latest_run(values: NDArray[np.int64]) -> int:
    """How many of the latest values are equal; of more than _RUN it counts only whether all are."""
    latest = values[-_RUN - 1 :].tolist()[::-1]
    run = next((at for at, value in enumerate(latest) if value != latest[0]), len(latest))
    if run <= _RUN:
        return run
    return len(values) if (values == latest[0]).all() else run
