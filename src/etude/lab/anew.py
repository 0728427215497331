"""Bars of a tune composed anew with a rhythm of their own, stretch by stretch, each with both sides heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from etude.lab.filling import bare, bars_of, fill
from etude.score import Score

if TYPE_CHECKING:
    from etude.encodings import Encoding, Steps
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Take
    from etude.sampling.variations import Bar

LONGEST = 8  # bars that are composed at once: a model fills no more of a tune
_SEEDS = 10_000  # beyond the numbers of the tries of one stretch


class Anew(NamedTuple):
    """The tune with other bars.

    log_likelihood   nats (<= 0) that the model gives all that was drawn
    remarks          what a person should know of how it was made
    """

    score: Score
    log_likelihood: float
    remarks: tuple[str, ...]


def composed_anew(
    loaded: Loaded, score: Score, spans: Sequence[tuple[int, int]], take: Take, wish: Wish, tries: int
) -> Anew:
    """`score` with other music in `spans`, ticks of the model's encoding; elsewhere not a note changes.

    `tries` fillings of each are weighed where the model did not learn to hear both sides.
    """
    from etude.sampling import piece_seed

    nats, remarks = 0.0, dict[str, None]()
    for number, span in enumerate(spans):
        start, stop = spans_in(loaded.encoding, score, [span])[0]
        own = replace(take, seed=piece_seed(take.seed, _SEEDS + number))
        made = fill(bars_of(loaded, score, round(start), round(stop), wish), own, wish, "auto", tries)
        score, nats = made.score, nats + made.log_likelihood
        remarks |= dict.fromkeys(made.remarks)
    return Anew(score, nats, tuple(remarks))


def spans_in(encoding: Encoding, score: Score, spans: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """Spans in ticks of the encoding as ticks of `score`, not rounded."""
    from etude.encodings.infill import cutting

    found = cutting(bare(encoding)).from_ticks(score, np.array(spans, np.int64).reshape(-1, 2))
    return [(float(start), float(stop)) for start, stop in found]


def stretches(encoding: Encoding, steps: Steps, bars: Sequence[Bar]) -> list[tuple[int, int]]:
    """The ticks [start, stop) of `bars` (rows of `steps`) in the encoding, those side by side as one."""
    from etude.encodings.infill import cutting

    ticks = cutting(bare(encoding)).ticks(steps)
    joined: list[list[Bar]] = []
    for bar in bars:
        if joined and joined[-1][-1][1] == bar[0] and len(joined[-1]) < LONGEST:
            joined[-1].append(bar)
        else:
            joined.append([bar])
    return [(max(int(ticks[group[0][0]]), 0), int(ticks[group[-1][1]])) for group in joined]
