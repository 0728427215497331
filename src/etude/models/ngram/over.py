"""CopyingOver: in-context copying on top of any model, an n-gram whose chain begins with a network's probability.

A network learns a style; what a piece has said already it recalls less exactly than a count does. Here the levels
of an n-gram's chain (`mixing.py`) stand on the network's distribution instead of 1 / size. Then three
distributions, the network's, the n-gram's own and that of the chain over the network, are multiplied, each to a
power that belongs to the longest copied context that has been met (`powers.py`).

Without tables of the training set (`CopyingOver.of`) nothing is counted but the visible part of the piece: what is
fitted are the weights of the levels and the powers, some hundred numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.chains import NGramSettings
from etude.models.ngram.contexts import BEGIN, stack
from etude.models.ngram.evidence import Level, evidence, levels
from etude.models.ngram.expecting import Expecting
from etude.models.ngram.mixing import Evidence, fit_weights, untuned
from etude.models.ngram.model import NGram, Steps, batches
from etude.models.ngram.powers import fit_powers, mixed
from etude.models.ngram.stepping import Memory, Said
from etude.stepper import Stepper

UNTUNED = np.array([0.0, 0.0, 1.0])  # powers of the experts: the network, the n-gram, the chain over the network
_CELLS = 2**21  # probabilities of one kind that are held at once: bounds the memory
_FLOOR = 1e-12  # least probability that a chain begins with


class Heard(NamedTuple):
    """The state of the network and what copying remembers."""

    network: Any
    memory: Memory


@dataclass(frozen=True)
class CopyingOver:
    """`network` with the copying (and, if it has them, the tables) of `alone` on top; Stepper and Scorer.

    `alone` holds contexts, tables and the weights above 1 / size; `above[k]` is float64[levels, buckets] over the
    network, `powers[k]` float64[copied levels + 1, 3 experts]. Build one with `of` or `with_tables`, then `tuned`.
    """

    network: Expecting
    alone: NGram
    above: tuple[NDArray[np.float64], ...] = field(repr=False)
    powers: tuple[NDArray[np.float64], ...] = field(repr=False)

    @classmethod
    def of(
        cls, network: Stepper, pieces: Sequence[Steps] = (), settings: NGramSettings | None = None
    ) -> CopyingOver:
        """`network` with copying. `pieces` tell which cells make contexts where a step has several fields."""
        return cls.with_tables(network, NGram.copier(pieces, network.field_sizes, settings))

    @classmethod
    def with_tables(cls, network: Stepper, ngram: NGram) -> CopyingOver:
        """`network` with all that `ngram` has counted and copies."""
        above = tuple(untuned(len(chain.trained), len(chain.copied)) for chain in ngram.chains)
        powers = tuple(np.tile(UNTUNED, (len(chain.copied) + 1, 1)) for chain in ngram.chains)
        heard = network if isinstance(network, Expecting) else Expecting(network)
        return cls(heard, ngram, above, powers)

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self.alone.field_sizes

    @property
    def parameters(self) -> int:
        """How many numbers were fitted besides the network's: counts of tables, weights and powers."""
        return self.alone.parameters + sum(one.size for one in (*self.above, *self.powers))

    def tuned(self, sequences: Sequence[Steps], visible: int | None = None) -> CopyingOver:
        """A copy fitted to make `sequences` likeliest; hand in what was held out, cut as it will be scored."""
        total = sum(len(steps) for steps in sequences) * max(self.field_sizes)
        sequences = sequences[:: max(1, round(total / _CELLS))]
        alone = self.alone.tuned(sequences, visible)
        stacked = stack(sequences, len(self.field_sizes), visible)
        counted = stacked.values[stacked.targets, 0] != BEGIN
        above, powers = [], []
        for k, base in enumerate(self._expected(sequences, visible)):
            chain, values = alone.chains[k], stacked.values[stacked.targets, k]
            seen = _only(evidence(alone, stacked, k, visible), counted)
            priced = np.maximum(base[np.arange(len(values)), values], _FLOOR)[counted]
            above.append(fit_weights(seen, untuned(len(chain.trained), len(chain.copied)), priced))
            weights = _Weights(alone.weights[k], above[k], len(chain.trained))
            experts, gate = weights.experts(levels(alone, stacked, k, visible), base)
            experts = [expert[counted] for expert in experts]
            gates = len(chain.copied) + 1
            powers.append(fit_powers(experts, gate[counted], values[counted], UNTUNED, gates))
        return replace(self, alone=alone, above=tuple(above), powers=tuple(powers))

    def nats(self, steps: Steps) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
        return self.nats_many([steps])[0]

    def nats_many(self, sequences: Sequence[Steps]) -> list[NDArray[np.float64]]:
        """`nats` of each sequence; none is seen by another."""
        return self.nats_context(sequences, None)

    def nats_context(self, sequences: Sequence[Steps], visible: int | None) -> list[NDArray[np.float64]]:
        """`nats` of each sequence where each target sees at most `visible` steps before it."""
        out: list[NDArray[np.float64]] = []
        for batch in batches(sequences, max(1, _CELLS // max(self.field_sizes))):
            stacked = stack(batch, len(self.field_sizes), visible)
            nats = np.empty((len(stacked.targets), len(self.field_sizes)))
            for k, base in enumerate(self._expected(batch, visible)):
                experts, gate = self._weights(k).experts(levels(self.alone, stacked, k, visible), base)
                p = mixed(experts, gate, self.powers[k])
                nats[:, k] = -np.log(p[np.arange(len(p)), stacked.values[stacked.targets, k]])
            ends = np.cumsum([max(0, len(steps) - 1) for steps in batch])
            out.extend(np.split(nats, ends[:-1]))
        return out

    def start(self) -> Heard:
        """The state before anything was heard."""
        return Heard(self.network.start(), self.alone.start())

    def feed(self, state: Heard, steps: Steps) -> Heard:
        """The state after `steps` (int32[T, K]) more; the one handed in is used up."""
        return Heard(self.network.feed(state.network, steps), self.alone.feed(state.memory, steps))

    def fork(self, state: Heard) -> Heard:
        """A copy that stays good when the original is fed."""
        return Heard(self.network.fork(state.network), self.alone.fork(state.memory))

    def logits(self, state: Heard, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: natural logarithms of the probabilities of field k = len(chosen) of the next step."""
        k = len(chosen)
        base = np.exp(self.network.logits(state.network, chosen).astype(np.float64))
        said_by = (_one(said, len(base)) for said in state.memory.levels(self.alone, chosen))
        experts, gate = self._weights(k).experts(said_by, base[None])
        return np.asarray(np.log(mixed(experts, gate, self.powers[k])[0]), np.float32)

    def _weights(self, k: int) -> _Weights:
        return _Weights(self.alone.weights[k], self.above[k], len(self.alone.chains[k].trained))

    def _expected(self, sequences: Sequence[Steps], visible: int | None) -> list[NDArray[np.float64]]:
        """Float64[N, V_k] a field: the network's probabilities of all targets of the sequences."""
        expected = self.network.log_probabilities(sequences, visible)
        columns: list[list[NDArray[np.float32]]] = [
            [fields[k] for fields in expected] for k in range(len(self.above))
        ]
        return [np.exp(np.concatenate(column).astype(np.float64)) for column in columns]


class _Weights(NamedTuple):
    """The weights of one field: above 1 / size and above the network (float64[levels, buckets] each)."""

    own: NDArray[np.float64]
    above: NDArray[np.float64]
    trained: int  # how many of the levels come from tables

    def experts(
        self, levels: Iterable[Level], base: NDArray[np.float64]
    ) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
        """(three distributions float64[N, V], gate int64[N]) over the network's `base` float64[N, V].

        The gate is 0 where no copied context was met before, else the number of the longest.
        """
        out = [base, np.full_like(base, 1.0 / base.shape[1]), base.copy()]
        gate = np.zeros(len(base), np.int64)
        for number, (shares, buckets) in enumerate(levels):
            for chain, weights in zip(out[1:], (self.own, self.above), strict=True):
                chain += np.where(buckets >= 0, weights[number][buckets], 0.0)[:, None] * (shares - chain)
            if number >= self.trained:
                gate[buckets >= 0] = number - self.trained + 1
        return out, gate


def _only(seen: Evidence, wanted: NDArray[np.bool_]) -> Evidence:
    return Evidence(seen.shares[:, wanted], seen.buckets[:, wanted])


def _one(said: Said, size: int) -> Level:
    """What a level said about one target, in the shape of many."""
    shares = np.zeros((1, size))
    shares[0, said.at] = said.shares
    return shares, np.array([said.bucket], np.int16)
