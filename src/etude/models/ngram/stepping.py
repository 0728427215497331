"""The n-gram fed one step at a time: what it remembers of the piece, and the next field's probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.contexts import BEGIN, Cell, key_of
from etude.models.ngram.copying import depth
from etude.models.ngram.mixing import copy_buckets, train_buckets

if TYPE_CHECKING:
    from etude.models.ngram.model import NGram


class Said(NamedTuple):
    """What one level says: the shares of the values `at`, and its bucket, -1 where it has not seen the context."""

    at: NDArray[np.int64] | slice
    shares: NDArray[np.float64]
    bucket: int

    def blend(self, out: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        """Mixes the shares into the distribution `out`, in place."""
        if self.bucket >= 0:
            out *= 1.0 - weights[self.bucket]
            out[self.at] += weights[self.bucket] * self.shares


@dataclass
class Memory:
    """The steps heard, and for each field the keys of the copied contexts that each step was heard in.

    Kept in arrays of room for twice `settings.memory` steps: the older half is dropped when they are full.
    """

    steps: NDArray[np.int64]  # [room, K]
    keys: list[NDArray[np.uint64]]  # per field [room, copied contexts]
    length: int = 0  # rows in use
    since_begin: int | None = None  # steps heard after the latest begin step; None: none was heard

    @classmethod
    def empty(cls, model: NGram) -> Memory:
        """Nothing heard."""
        room = 64
        keys = [np.zeros((room, len(chain.copied)), np.uint64) for chain in model.chains]
        return cls(np.zeros((room, len(model.field_sizes)), np.int64), keys)

    def copy(self) -> Memory:
        """An independent copy."""
        return Memory(self.steps.copy(), [k.copy() for k in self.keys], self.length, self.since_begin)

    def hear(self, model: NGram, step: Sequence[int]) -> None:
        """Takes in one step (K integers)."""
        self._make_room(model.settings.memory)
        for field, chain in enumerate(model.chains):
            found = [self._key(model, context, step[:field]) for context in chain.copied]
            self.keys[field][self.length] = found
        self.steps[self.length] = step
        self.length += 1
        if step[0] == BEGIN:
            self.since_begin = 0
        elif self.since_begin is not None:
            self.since_begin += 1

    def probabilities(self, model: NGram, chosen: Sequence[int]) -> NDArray[np.float64]:
        """Float64[V_k]: how likely each value of field k = len(chosen) of the next step is."""
        field = len(chosen)
        out = np.full(model.field_sizes[field], 1.0 / model.field_sizes[field])
        for said, weights in zip(self.levels(model, chosen), model.weights[field]):
            said.blend(out, weights)
        return out

    def levels(self, model: NGram, chosen: Sequence[int]) -> Iterator[Said]:
        """What each level of field k = len(chosen) says about the next step, the least specific first."""
        field = len(chosen)
        chain, size = model.chains[field], model.field_sizes[field]
        for context, table in zip(chain.trained, model.tables[field]):
            values, counts = table.followers(self._key(model, context, chosen))
            total = counts.sum()
            yield Said(values, counts / max(total, 1), int(train_buckets(total, len(values))))
        for column, context in enumerate(chain.copied):
            heard = self._heard(model, field, column, self._key(model, context, chosen), depth(context))
            counts = np.bincount(heard, minlength=size)
            run = _latest_run(heard) if len(heard) else 0
            yield Said(slice(None), counts / max(len(heard), 1), int(copy_buckets(len(heard), run)))

    def _heard(self, model: NGram, field: int, column: int, key: int, depth: int) -> NDArray[np.int64]:
        """The values of `field` that were heard in this context, the latest last."""
        if key == 0:
            return np.zeros(0, np.int64)
        oldest = max(1, self.length - model.settings.memory + depth)
        at = np.flatnonzero(self.keys[field][oldest : self.length, column] == key) + oldest
        return np.asarray(self.steps[at, field])

    def _key(self, model: NGram, context: Sequence[Cell], chosen: Sequence[int]) -> int:
        return key_of([self._value(model, lag, field, chosen) for lag, field in context])

    def _value(self, model: NGram, lag: int, field: int, chosen: Sequence[int]) -> int | None:
        """The value of one cell before the next step; -1: nothing stood there, None: not known."""
        fields = len(model.field_sizes)
        if field >= fields:
            period = model.settings.periods[field - fields]
            return None if self.since_begin is None else self.since_begin % period
        if lag == 0:
            return chosen[field]
        if self.since_begin is not None and lag > self.since_begin + 1:
            return -1
        return int(self.steps[self.length - lag, field]) if lag <= self.length else None

    def _make_room(self, memory: int) -> None:
        if self.length < len(self.steps):
            return
        if self.length >= 2 * memory + 64:  # deep contexts still find their steps
            keep = self.length - memory - 64
            self.steps[: self.length - keep] = self.steps[keep : self.length].copy()
            for keys in self.keys:
                keys[: self.length - keep] = keys[keep : self.length].copy()
            self.length -= keep
            return
        self.steps = np.concatenate([self.steps, np.zeros_like(self.steps)])
        self.keys = [np.concatenate([keys, np.zeros_like(keys)]) for keys in self.keys]


def _latest_run(values: NDArray[np.int64]) -> int:
    """How many of the latest values are equal."""
    other = np.flatnonzero(values != values[-1])
    return len(values) - 1 - int(other[-1]) if len(other) else len(values)
