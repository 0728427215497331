"""The marks of single pieces: those of the model beside those of other sources, which share no pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.listening.answers import Answer
from etude.lab.listening.planning import ALONE, MODEL

if TYPE_CHECKING:
    from etude.evaluation.sets import Estimate

DRAWS = 1000


def marks_of(
    source: str, scale: str, answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]
) -> NDArray[np.float64]:
    """The mean mark of each piece of a source that somebody judged on a scale."""
    given: dict[int, list[int]] = {}
    for answer in answers:
        mark = answer.ratings.get((ALONE[0], scale))
        if key[answer.pair]["against"] == source and mark is not None:
            given.setdefault(answer.pair, []).append(mark)
    return np.array([np.mean(marks) for marks in given.values()])


def apart(ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int = 0) -> Estimate:
    """How much higher the mean of `ours` is, its 95 % interval by drawing the pieces of either again."""
    from etude.evaluation.sets.estimates import UNKNOWN, Estimate

    if not len(ours) or not len(theirs):
        return UNKNOWN
    random = np.random.default_rng(seed)
    drawn = [random.choice(marks, (DRAWS, len(marks))).mean(axis=1) for marks in (ours, theirs)]
    low, high = np.quantile(drawn[0] - drawn[1], [0.025, 0.975])
    return Estimate(float(ours.mean() - theirs.mean()), float(low), float(high))


def sources_of(key: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """What the model is held against in a set of single pieces."""
    return sorted({row["against"] for row in key.values()} - {MODEL})
