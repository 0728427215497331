"""Trivial judges, to stand beside a trained one: a rule about the keyboard, and counts without any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.encodings.base import Steps

PIANO = (21, 108)  # MIDI numbers of the lowest and highest key


def on_a_piano(pitches: ArrayLike) -> bool:
    """Whether a piano has keys for all these MIDI numbers."""
    found = np.asarray(pitches)
    return bool(((found >= PIANO[0]) & (found <= PIANO[1])).all())


@dataclass(frozen=True)
class NaiveBayes:
    """A judge that counts which values occur and forgets their order: naive Bayes over unigrams."""

    evidence: tuple[NDArray[np.float64], ...]  # a field: float64[V_k], ln p(value | real) - ln p(value | not)
    prior: float  # ln p(real) - ln p(not)

    @classmethod
    def fit(cls, segments: Sequence[Steps], labels: ArrayLike, sizes: Sequence[int]) -> NaiveBayes:
        """Counts in `segments` (int32[T, K] each), one added to each count."""
        real = np.asarray(labels, bool)
        evidence = []
        for field, size in enumerate(sizes):
            logs = []
            for kind in (True, False):
                values = np.concatenate([np.zeros(0, np.int32), *_fields(segments, real == kind, field)])
                counts = np.bincount(values, minlength=size) + 1.0
                logs.append(np.log(counts / counts.sum()))
            evidence.append(logs[0] - logs[1])
        return cls(tuple(evidence), float(np.log((real.sum() + 1) / ((~real).sum() + 1))))

    def chances(self, segments: Sequence[Steps]) -> NDArray[np.float64]:
        """Float64[N]: the chance that each segment is real."""
        logits = [
            self.prior + sum(float(one[segment[:, field]].sum()) for field, one in enumerate(self.evidence))
            for segment in segments
        ]
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))


def _fields(segments: Sequence[Steps], chosen: NDArray[np.bool_], field: int) -> list[NDArray[np.int32]]:
    return [segment[:, field] for segment, taken in zip(segments, chosen, strict=True) if taken]
