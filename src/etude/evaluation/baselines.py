"""The scorers that every figure stands beside: uniform, n-gram, and n-gram with in-context copying.

Mixing weights are fitted on validation pieces. A figure on validation itself is two-fold: weights from one half
price the other half, and the other way round. A figure on test uses weights from all of validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.gapped import Gapped
from etude.evaluation.heldout import HeldOut
from etude.evaluation.likelihood import Likelihood, joined
from etude.evaluation.protocols import Protocol, Steps
from etude.registry import get
from etude.stepper import Scorer


@dataclass(frozen=True)
class Uniform:
    """Every value of every field equally likely; Stepper and Scorer."""

    field_sizes: tuple[int, ...]

    def nats(self, steps: Steps) -> NDArray[np.float64]:
        """Float64[T - 1, K]: the logarithm of each field's size."""
        return np.tile(np.log(self.field_sizes), (max(0, len(steps) - 1), 1))

    def start(self) -> None:
        """There is no state."""

    def feed(self, state: None, steps: Steps) -> None:
        """Hears nothing."""

    def fork(self, state: None) -> None:
        """There is nothing to copy."""

    def logits(self, state: None, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k] of zeros."""
        return np.zeros(self.field_sizes[len(chosen)], np.float32)


@dataclass(frozen=True)
class Baselines:
    """The three baselines, counted on the training pieces; weights of the n-grams are not fitted yet."""

    uniform: Uniform
    ngrams: dict[str, Any]  # name -> NGram

    @classmethod
    def fit(cls, train_pieces: Sequence[Steps], field_sizes: Sequence[int]) -> Baselines:
        """Baselines that have counted `train_pieces` (int32[T, K] each; transposed copies are welcome)."""
        sizes = tuple(int(size) for size in field_sizes)
        copying = get("models", "ngram").fit(train_pieces, sizes)
        return cls(Uniform(sizes), {"ngram": copying.without_copying(), "ngram+copy": copying})

    @property
    def models(self) -> dict[str, Any]:
        """Name -> model."""
        return {"uniform": self.uniform, **self.ngrams}

    def tuned(self, valid_pieces: Sequence[Steps], protocol: Protocol | str = "full") -> dict[str, Scorer]:
        """Name -> scorer, with weights fitted on all of `valid_pieces` as the protocol shows them: for test."""
        return tuned(self.models, valid_pieces, protocol)

    def on_validation(
        self,
        valid_pieces: Sequence[Steps],
        protocol: Protocol | str = "full",
        *,
        notes: Sequence[int],
        field_names: Sequence[str],
    ) -> dict[str, Likelihood]:
        """Name -> two-fold Likelihood of `valid_pieces`, the i-th of which has notes[i] notes."""
        return two_fold(self.models, HeldOut.of(valid_pieces, notes, field_names), protocol)


def tuned(
    models: Mapping[str, Any], valid_pieces: Sequence[Steps], protocol: Protocol | str = "full"
) -> dict[str, Scorer]:
    """Name -> scorer, its weights fitted on `valid_pieces` as the protocol shows them; one that has none stays."""
    protocol = Protocol.parse(protocol) if isinstance(protocol, str) else protocol
    sequences, visible = protocol.cut(valid_pieces), protocol.length if protocol.kind == "context" else None
    return {
        name: model.tuned(sequences, visible) if hasattr(model, "tuned") else model
        for name, model in models.items()
    }


def two_fold(
    models: Mapping[str, Any], held: HeldOut | Gapped, protocol: Protocol | str = "full"
) -> dict[str, Likelihood]:
    """Name -> Likelihood of the held-out pieces, each half under weights fitted on the other.

    The halves are every other piece. A single piece is priced by the weights that were handed in.
    """
    halves = [list(range(0, len(held), 2)), list(range(1, len(held), 2))]
    parts: dict[str, list[Likelihood]] = {}
    for own, other in (halves, halves[::-1]):
        if not own:
            continue
        scorers = tuned(models, held.taken(other).pieces, protocol) if other else models
        chosen = held.taken(own)
        for name, scorer in scorers.items():
            parts.setdefault(name, []).append(chosen.price(scorer, protocol))
    whole = {name: joined(found) for name, found in parts.items()}
    if not str(protocol).startswith("windows"):
        order = np.argsort(np.concatenate(halves).astype(np.int64))
        whole = {name: found.reordered(order) for name, found in whole.items()}
    return whole


def baselines(
    train_pieces: Sequence[Steps],
    valid_pieces: Sequence[Steps],
    field_sizes: Sequence[int],
    protocol: Protocol | str = "full",
) -> dict[str, Scorer]:
    """Name -> scorer for test pieces: counted on training, weights fitted on validation."""
    return Baselines.fit(train_pieces, field_sizes).tuned(valid_pieces, protocol)
