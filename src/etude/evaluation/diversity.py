"""How unlike each other the pieces of a set are, and how far the set stands from a collection.

Conventions
    Pieces are read as in `etude.evaluation.originality`: intervals of the highest voice, any key. An n-gram is n
    intervals in a row inside one piece. Small sets look more diverse than large ones, so compare sets of about the
    same size.

Metrics
    distinct_ngrams   different n-grams / all n-grams of the set
    self_similarity   mean over pairs of pieces: n-grams that both have / n-grams that either has
    distance          Jensen-Shannon divergence of the intervals two in a row, set against collection; bits, 0 to 1
    longest_copied    notes of the longest passage of a piece that stands in training too; mean over the pieces
    copied_share      share of notes inside such passages of twelve notes or more; mean over the pieces
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from etude.evaluation.originality import Passages, copied_share, longest_copied
from etude.score import Score, melody_intervals

GRAM = 4  # intervals: five notes

Gram = tuple[int, ...]


@dataclass(frozen=True)
class SetMetric:
    """One measure of a set of pieces: its name, unit, which way is better, and who defined it."""

    name: str
    unit: str
    better: Literal["high", "low", "near reference"]
    source: str


_COPYING = "Papadopoulos, Roy and Pachet, Avoiding plagiarism in Markov sequence generation (2014)"

SET_METRICS: tuple[SetMetric, ...] = (
    SetMetric("distinct_ngrams", "share", "near reference", "Li et al., A diversity-promoting objective (2016)"),
    SetMetric("self_similarity", "share", "near reference", "Broder, On the resemblance of documents (1997)"),
    SetMetric("distance", "bits", "low", "Lin, Divergence measures based on the Shannon entropy (1991)"),
    SetMetric("longest_copied", "notes", "near reference", _COPYING),
    SetMetric("copied_share", "share", "near reference", _COPYING),
)


def distinct_ngrams(scores: Sequence[Score], n: int = GRAM) -> float:
    """Share of the n-grams of all pieces together that are different; higher is more diverse; NaN without any."""
    found = [gram for score in scores for gram in ngrams(score, n)]
    return len(set(found)) / len(found) if found else math.nan


def self_similarity(scores: Sequence[Score], n: int = GRAM) -> float:
    """Mean share of n-grams that two pieces have in common; lower is more diverse; NaN for fewer than two."""
    sets = [set(ngrams(score, n)) for score in scores]
    shares = [len(one & other) / len(one | other) for one, other in combinations(sets, 2) if one | other]
    return float(np.mean(shares)) if shares else math.nan


def distance(scores: Sequence[Score], collection: Sequence[Score], n: int = 2) -> float:
    """Bits, 0 (alike) to 1 (nothing in common), between the n-grams of the pieces and those of the collection."""
    ours, theirs = (Counter(gram for score in side for gram in ngrams(score, n)) for side in (scores, collection))
    if not ours or not theirs:
        return math.nan
    grams = sorted(ours.keys() | theirs.keys())
    p, q = (np.array([side[gram] for gram in grams], np.float64) / side.total() for side in (ours, theirs))
    return float(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def set_measures(scores: Sequence[Score], training: Sequence[Score]) -> dict[str, float]:
    """Metric name -> value of the pieces, held against the music that was learned from."""
    heard = [score for score in scores if len(score)]
    passages = Passages.of(training)
    return {
        "distinct_ngrams": distinct_ngrams(heard),
        "self_similarity": self_similarity(heard),
        "distance": distance(heard, training),
        "longest_copied": _mean([longest_copied(score, passages) for score in heard]),
        "copied_share": _mean([copied_share(score, passages) for score in heard]),
    }


def ngrams(score: Score, n: int) -> list[Gram]:
    """Every n intervals in a row of the piece's highest voice."""
    line = melody_intervals(score).tolist()
    return [tuple(line[at : at + n]) for at in range(len(line) - n + 1)]


def _entropy(shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    kept = shares[shares > 0]
    return float(-(kept * np.log2(kept)).sum())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
