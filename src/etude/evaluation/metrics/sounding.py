"""How many different pitches sound when."""

from __future__ import annotations

import numpy as np

from etude.evaluation.metrics.analysis import Analysis, Integers

_APART = np.int64(1) << 32  # ticks from one pitch to the next, so that their notes never touch


def sounding(music: Analysis) -> tuple[Integers, Integers]:
    """Int64[E] each: lengths in ticks of stretches from the first onset to the last end, and pitches in each.

    Drums are left out. A pitch that two notes hold at once counts once.
    """
    lasting = music.pitched[music.pitched["duration"] > 0]
    apart = lasting["onset"].astype(np.int64) + lasting["pitch"].astype(np.int64) * _APART
    starts, ends = _joined(apart, lasting["duration"].astype(np.int64))
    edges = np.concatenate([starts, ends])
    order = np.argsort(edges, kind="stable")
    change = np.repeat([1, -1], [len(starts), len(ends)])[order]
    return np.diff(edges[order]), np.cumsum(change)[:-1]


def _joined(starts: Integers, lengths: Integers) -> tuple[Integers, Integers]:
    """Int64[J] each: where the stretches begin and end that the notes of each pitch cover together."""
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    ends = np.maximum.accumulate(starts + lengths[order])
    new = np.append(True, starts[1:] > ends[:-1])[: len(starts)]
    last = np.append(new[1:], True)[: len(starts)]
    return starts[new] % _APART, ends[last] % _APART
