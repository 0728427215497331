"""How much of a piece comes back, and in pieces of what length.

Conventions
    Everything is read off the self-similarity matrix of `similarity`, as written: repeat signs are not played out.
    For each passage of so many bars, the best set of other passages of that length which do not overlap is found
    that bars alike in the same order make up; its fitness is the harmonic mean of how alike they are and how much
    of the piece they cover. A structureness is the best fitness of any passage of its scale: 0 where nothing comes
    back, towards 1 where the piece is one passage over and over.

Metrics
    structureness_short    the best fitness of passages of 2 or 3 bars (of 4 seconds and more at the usual tempo)
    structureness_middle   of 4 to 7 bars
    structureness_long     of 8 to 32 bars
    bar_similarity         mean likeness of any two bars
    repeated_bars          share of the bars that came before just so

Sources: fitness: Mueller, Jiang and Grosche, "A robust fitness measure for capturing repetitions in music
recordings" (2013), here without warping, since written bars keep time; structureness at three scales: Wu and Yang,
"The Jazz Transformer on the front line" (2020), who take audio and 3, 8 and 15 seconds.
"""

from __future__ import annotations

import math

import numpy as np

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import JAZZ, Metric, Numbers
from etude.evaluation.metrics.counting import mean
from etude.evaluation.metrics.similarity import self_similarity

SHORT, MIDDLE, LONG = (2, 3), (4, 7), (8, 32)  # bars, both included
ALIKE = 0.5  # cosine from which bars count as alike
UNLIKE = -2.0  # what a pair of bars below it costs a path, as in Mueller et al.
SAME = 1 - 1e-9


def structureness_short(music: Analysis) -> float:
    """The best fitness of passages of 2 or 3 bars, 0 to 1; NaN with fewer than 4 bars."""
    return _best(music, *SHORT)


def structureness_middle(music: Analysis) -> float:
    """The best fitness of passages of 4 to 7 bars, 0 to 1; NaN with fewer than 8 bars."""
    return _best(music, *MIDDLE)


def structureness_long(music: Analysis) -> float:
    """The best fitness of passages of 8 to 32 bars, 0 to 1; NaN with fewer than 16 bars."""
    return _best(music, *LONG)


def bar_similarity(music: Analysis) -> float:
    """The mean likeness of two different bars, 0 to 1; NaN with fewer than two bars."""
    alike = music.once(self_similarity)
    bars = len(alike)
    return float((alike.sum() - bars) / (bars * (bars - 1))) if bars > 1 else math.nan


def repeated_bars(music: Analysis) -> float:
    """The share of the bars that equal an earlier one; NaN with fewer than two bars."""
    alike = music.once(self_similarity)
    return mean((np.tril(alike, -1) >= SAME).any(axis=1)) if len(alike) > 1 else math.nan


def fitness(alike: Numbers, bars: int) -> Numbers:
    """Float64[B - bars + 1]: the fitness of the passage of `bars` bars that begins at each bar, 0 to 1."""
    return _fitness(_paths(_enhanced(alike), bars), bars, len(alike))


def _best(music: Analysis, fewest: int, most: int) -> float:
    total = len(music.once(self_similarity))
    if total < 2 * fewest:
        return math.nan
    enhanced = _enhanced(music.once(self_similarity))
    paths = _paths(enhanced, fewest)
    best = 0.0
    for bars in range(fewest, min(most, total // 2) + 1):
        if bars > fewest:
            paths = paths[:-1, :-1] + enhanced[bars - 1 :, bars - 1 :]
        best = max(best, float(_fitness(paths, bars, total).max()))
    return best


def _enhanced(alike: Numbers) -> Numbers:
    return np.where(alike >= ALIKE, alike, UNLIKE)


def _paths(enhanced: Numbers, bars: int) -> Numbers:
    """Float64[S, S]: how alike the passages of `bars` bars from each bar and from each other bar are in all."""
    count = len(enhanced) - bars + 1
    return np.asarray(np.sum([enhanced[at : at + count, at : at + count] for at in range(bars)], axis=0))


def _fitness(paths: Numbers, bars: int, total: int) -> Numbers:
    """Float64[S]: the fitness of the passage from each bar, by the best passages like it that do not overlap."""
    starts = np.arange(len(paths))
    near = np.abs(starts[:, None] - starts) < bars
    others = np.where(near, 0.0, paths)
    score = np.zeros((total + 1, len(paths)))  # [bars so far, passage]: the best sum of paths
    count = np.zeros((total + 1, len(paths)))  # and how many paths make it up
    for end in range(bars, total + 1):
        taken = score[end - bars] + others[end - bars]
        better = taken > score[end - 1]
        score[end] = np.where(better, taken, score[end - 1])
        count[end] = np.where(better, count[end - bars] + 1, count[end - 1])
    likeness = score[-1] / (bars * (count[-1] + 1))
    coverage = bars * count[-1] / total
    both = likeness + coverage
    return np.asarray(np.where(both > 0, 2 * likeness * coverage / np.where(both > 0, both, 1), 0.0))


_FOOTE = "Foote, Visualizing music and audio using self-similarity (1999)"

METRICS = (
    Metric("structureness_short", "form", "fitness", "near reference", JAZZ, structureness_short),
    Metric("structureness_middle", "form", "fitness", "near reference", JAZZ, structureness_middle),
    Metric("structureness_long", "form", "fitness", "near reference", JAZZ, structureness_long),
    Metric("bar_similarity", "form", "cosine", "near reference", _FOOTE, bar_similarity),
    Metric("repeated_bars", "form", "share", "near reference", _FOOTE, repeated_bars),
)
