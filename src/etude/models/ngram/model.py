"""NGram: counts of a training set, counts of the piece so far, and the weights that mix them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.chains import Chain, NGramSettings, chains
from etude.models.ngram.contexts import Stack, keys, stack
from etude.models.ngram.evidence import evidence
from etude.models.ngram.mixing import fit_weights, mix, untuned
from etude.models.ngram.stepping import Memory
from etude.models.ngram.tables import Counts

Steps = NDArray[np.int32]
_BATCH = 200_000  # steps priced at once; bounds the memory
_TUNED_ON = 200_000  # steps, about, that weights are fitted on: whole sequences, spread over what is given


@dataclass(frozen=True)
class NGram:
    """An interpolated n-gram over steps of K fields with in-context copying; Stepper and Scorer.

    Field k of a step is predicted from the earlier fields of the step and from the steps before. `tables[k]` has a
    Counts for each trained context of `chains[k]`, `weights[k]` is float64[levels, buckets] of field k, trained
    contexts first, then copied ones. Build one with `NGram.fit`, then `tuned` on pieces it was not fitted on.
    """

    field_sizes: tuple[int, ...]
    settings: NGramSettings
    chains: tuple[Chain, ...]
    tables: tuple[tuple[Counts, ...], ...]
    weights: tuple[NDArray[np.float64], ...] = field(repr=False)

    @classmethod
    def fit(
        cls, pieces: Sequence[Steps], field_sizes: Sequence[int], settings: NGramSettings | None = None
    ) -> NGram:
        """An NGram that has counted `pieces`, each int32[T, K]; its weights are those of Witten and Bell."""
        settings = settings or NGramSettings()
        sizes = tuple(int(size) for size in field_sizes)
        found = chains(pieces, sizes, settings)
        stacked = stack(pieces, len(sizes))
        tables = tuple(
            tuple(_count(stacked, sizes[k], k, context, settings) for context in chain.trained)
            for k, chain in enumerate(found)
        )
        weights = tuple(untuned(len(c.trained), len(c.copied)) for c in found)
        return cls(sizes, settings, tuple(found), tables, weights)

    @classmethod
    def copier(
        cls, pieces: Sequence[Steps], field_sizes: Sequence[int], settings: NGramSettings | None = None
    ) -> NGram:
        """An NGram that has counted nothing and only copies; `pieces` tell which cells make contexts."""
        settings = settings or NGramSettings()
        sizes = tuple(int(size) for size in field_sizes)
        found = tuple(Chain((), chain.copied) for chain in chains(pieces, sizes, settings))
        weights = tuple(untuned(0, len(chain.copied)) for chain in found)
        return cls(sizes, settings, found, tuple(() for _ in found), weights)

    def tuned(self, sequences: Sequence[Steps], visible: int | None = None) -> NGram:
        """A copy whose weights make `sequences` likeliest; hand in what was held out, cut as it will be scored."""
        every = max(1, round(sum(len(steps) for steps in sequences) / _TUNED_ON))
        stacked = stack(sequences[::every], len(self.field_sizes), visible)
        weights = []
        for k, (size, chain) in enumerate(zip(self.field_sizes, self.chains)):
            start = untuned(len(chain.trained), len(chain.copied))
            weights.append(fit_weights(evidence(self, stacked, k, visible), start, 1 / size))
        return replace(self, weights=tuple(weights))

    def without_copying(self) -> NGram:
        """The same counts without what is learnt from the piece itself; tune it anew."""
        found = tuple(Chain(chain.trained, ()) for chain in self.chains)
        weights = tuple(w[: len(c.trained)] for w, c in zip(self.weights, found))
        return replace(self, chains=found, weights=weights, settings=replace(self.settings, copying=False))

    @property
    def parameters(self) -> int:
        """How many numbers were learnt: counts and weights."""
        return sum(len(t.pairs) for tables in self.tables for t in tables) + sum(w.size for w in self.weights)

    def nats(self, steps: Steps) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
        return self.nats_many([steps])[0]

    def nats_many(self, sequences: Sequence[Steps]) -> list[NDArray[np.float64]]:
        """`nats` of each sequence; none is seen by another."""
        return self.nats_context(sequences, None)

    def nats_context(self, sequences: Sequence[Steps], visible: int | None) -> list[NDArray[np.float64]]:
        """`nats` of each sequence where each target sees at most `visible` steps before it."""
        out: list[NDArray[np.float64]] = []
        for batch in batches(sequences):
            stacked = stack(batch, len(self.field_sizes), visible)
            nats = np.empty((len(stacked.targets), len(self.field_sizes)))
            for k, size in enumerate(self.field_sizes):
                nats[:, k] = -np.log(mix(evidence(self, stacked, k, visible), self.weights[k], 1 / size))
            ends = np.cumsum([max(0, len(steps) - 1) for steps in batch])
            out.extend(np.split(nats, ends[:-1]))
        return out

    def start(self) -> Memory:
        """The state before anything was heard."""
        return Memory.empty(self)

    def feed(self, state: Memory, steps: Steps) -> Memory:
        """The state after `steps` (int32[T, K]) more; the one handed in is used up."""
        for step in np.asarray(steps):
            state.hear(self, [int(value) for value in step])
        return state

    def fork(self, state: Memory) -> Memory:
        """A copy that stays good when the original is fed."""
        return state.copy()

    def logits(self, state: Memory, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: natural logarithms of the probabilities of field k = len(chosen) of the next step."""
        return np.log(state.probabilities(self, chosen)).astype(np.float32)


def _count(stacked: Stack, size: int, k: int, context: tuple[tuple[int, int], ...], s: NGramSettings) -> Counts:
    values = stacked.values[stacked.targets, k]
    return Counts.of(keys(stacked, context, s.periods), values, size, s.entries)


def batches(sequences: Sequence[Steps], most: int = _BATCH) -> list[list[Steps]]:
    """The sequences in order, in groups of about `most` steps."""
    out: list[list[Steps]] = []
    held = most
    for steps in sequences:
        if held >= most:
            out.append([])
            held = 0
        out[-1].append(steps)
        held += len(steps)
    return out
