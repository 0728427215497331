"""How a piece goes in time: lengths of notes, times between onsets, and the groove of its bars.

Conventions
    Lengths in quarters, as written; drums have onsets, but no lengths. An onset interval is the time from one tick
    at which anything begins to the next such tick. A length is put into the nearest of twelve classes (by ratio),
    from an eighth of a triplet to a whole. Grooves are looked at on a grid of 12 places a quarter, in bars of the
    piece's most common length. NaN where there is too little to look at.

Metrics
    note_length               mean length of a note in quarters
    note_length_entropy       bits of the classes of lengths; 0 .. log2(12)
    onset_interval            mean time from onset to onset in quarters
    onset_interval_entropy    bits of the classes of onset intervals; 0 .. log2(12)
    groove_consistency        1 - share of the places of the bar at which neighbouring bars differ in having an
                              onset; a piece that ends with a bar counts an empty bar after it, as in MusPy
    groove_similarity         the same over all pairs of bars, without that empty bar
    drum_pattern_consistency  share of drum strokes on sixteenths, or on triplets, whichever holds more

Profiles
    note_length_histogram     share of the notes in each class of lengths
    note_length_transitions   share of the successive notes of the melody by class of length [before, after]
    onset_interval_histogram  share of the onset intervals in each class
    onset_interval_ratios     share of the successive onset intervals by how the second compares with the first:
                              free of tempo and of notation
    onset_positions           share of the onsets at each of 24 places of the bar, whatever its length
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.evaluation.metrics.analysis import Analysis, Integers
from etude.evaluation.metrics.base import JAZZ, MUSPY, YANG, Axis, Metric, Numbers, Profile
from etude.evaluation.metrics.counting import entropy, mean, shares

GRID = 12  # places of a quarter: sixteenths and triplets fall on them
PLACES = 24  # of a bar
MOST_PLACES = 4096  # of the grid in a bar: what lies beyond is looked at as if it were there
_CLASSES = {
    "sixteenth": 1 / 4,
    "triplet eighth": 1 / 3,
    "dotted sixteenth": 3 / 8,
    "eighth": 1 / 2,
    "triplet quarter": 2 / 3,
    "dotted eighth": 3 / 4,
    "quarter": 1.0,
    "triplet half": 4 / 3,
    "dotted quarter": 3 / 2,
    "half": 2.0,
    "dotted half": 3.0,
    "whole": 4.0,
}
_QUARTERS = np.array(list(_CLASSES.values()))
_BORDERS = np.sqrt(_QUARTERS[:-1] * _QUARTERS[1:])
_RATIOS = ("<= 1/4", "1/3", "1/2", "2/3", "3/4", "1", "4/3", "3/2", "2", "3", ">= 4")
_RATIO_VALUES = np.array([1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4])
_RATIO_BORDERS = np.sqrt(_RATIO_VALUES[:-1] * _RATIO_VALUES[1:])


def note_length(music: Analysis) -> float:
    """The mean length of the pitched notes in quarters; NaN without any."""
    return mean(music.pitched["duration"]) / music.score.tpq


def note_length_entropy(music: Analysis) -> float:
    """Bits of the twelve classes of note lengths; NaN without pitched notes."""
    return entropy(_counts(music.pitched["duration"] / music.score.tpq))


def onset_interval(music: Analysis) -> float:
    """The mean time between successive onsets in quarters; NaN with fewer than two."""
    return mean(_between(music))


def onset_interval_entropy(music: Analysis) -> float:
    """Bits of the twelve classes of onset intervals; NaN with fewer than two onsets."""
    return entropy(_counts(_between(music)))


def groove_consistency(music: Analysis) -> float:
    """The mean agreement of neighbouring bars about where notes begin, 0 to 1; NaN with fewer than two bars."""
    bars, patterns = _patterns(music)
    if len(bars) and bars[-1] == len(music.bars) - 2 and music.last == music.bars[-1]:
        bars, patterns = np.append(bars, bars[-1] + 1), np.append(patterns, np.zeros_like(patterns[:1]), axis=0)
    neighbours = np.diff(bars) == 1
    return 1.0 - mean((patterns[1:] != patterns[:-1])[neighbours].mean(axis=1)) if neighbours.any() else math.nan


def groove_similarity(music: Analysis) -> float:
    """The mean agreement of any two bars about where notes begin, 0 to 1; NaN with fewer than two bars."""
    bars, patterns = _patterns(music)
    if len(bars) < 2:
        return math.nan
    counts = patterns.sum(axis=0).astype(np.float64)  # bars with an onset at each place
    differing = (counts * (len(bars) - counts)).mean()
    return float(1.0 - differing / (len(bars) * (len(bars) - 1) / 2))


def drum_pattern_consistency(music: Analysis) -> float:
    """The share of the drum strokes on a sixteenth, or on a triplet eighth; the larger; NaN without drums."""
    places = music.drums["onset"].astype(np.int64) % music.score.tpq
    return max(mean(places % (music.score.tpq // math.gcd(music.score.tpq, parts)) == 0) for parts in (4, 3))


def note_length_histogram(music: Analysis) -> Numbers:
    """Float64[12]: the share of the pitched notes in each class of lengths."""
    return shares(_counts(music.pitched["duration"] / music.score.tpq))


def note_length_transitions(music: Analysis) -> Numbers:
    """Float64[12, 12]: the share of the successions of lengths in the melody [before, after]."""
    classes = np.searchsorted(_BORDERS, music.melody["duration"] / music.score.tpq)
    return shares(np.bincount(classes[:-1] * 12 + classes[1:], minlength=144).reshape(12, 12))


def onset_interval_histogram(music: Analysis) -> Numbers:
    """Float64[12]: the share of the onset intervals in each class."""
    return shares(_counts(_between(music)))


def onset_interval_ratios(music: Analysis) -> Numbers:
    """Float64[11]: the share of the onset intervals that are so many times the interval before."""
    between = _between(music)
    classes = np.searchsorted(_RATIO_BORDERS, between[1:] / between[:-1])
    return shares(np.bincount(classes, minlength=len(_RATIOS)))


def onset_positions(music: Analysis) -> Numbers:
    """Float64[24]: the share of the onsets that fall on each 24th of their bar; a chord is one onset."""
    bar = np.clip(np.searchsorted(music.bars, music.onsets, side="right") - 1, 0, len(music.bars) - 2)
    within = (music.onsets - music.bars[bar]) / np.diff(music.bars)[bar]
    return shares(np.bincount((np.rint(within * PLACES) % PLACES).astype(np.int64), minlength=PLACES))


def _between(music: Analysis) -> Numbers:
    """Float64[O - 1]: quarters from onset to onset."""
    return np.asarray(np.diff(music.onsets) / music.score.tpq, np.float64)


def _counts(quarters: ArrayLike) -> Integers:
    """Int64[12]: how many lengths are in each class."""
    return np.bincount(np.searchsorted(_BORDERS, quarters), minlength=len(_QUARTERS))


def _patterns(music: Analysis) -> tuple[Integers, NDArray[np.bool_]]:
    """The bars of the most common length (int64[G], in order), and bool[G, P]: whether anything begins there."""
    lengths = np.diff(music.bars)
    found, counts = np.unique(lengths, return_counts=True)
    common = int(found[counts.argmax()])
    chosen = np.flatnonzero(lengths == common)
    slot = music.score.tpq / GRID
    at = music.onsets + slot / 2  # a note that comes a little early belongs to the next place
    bar = np.searchsorted(music.bars, at, side="right") - 1
    row = np.searchsorted(chosen, bar)
    inside = (row < len(chosen)) & (chosen[np.minimum(row, len(chosen) - 1)] == bar)
    place = ((at - music.bars[np.minimum(bar, len(lengths))]) / slot).astype(np.int64)
    patterns = np.zeros((len(chosen), min(math.ceil(common / slot), MOST_PLACES)), np.bool_)
    patterns[row[inside], np.minimum(place[inside], patterns.shape[1] - 1)] = True
    return chosen, patterns


_CLASS = Axis("length", tuple(_CLASSES))
_PLACE = Axis("24th of the bar", tuple(map(str, range(PLACES))))
_DONG = "Dong et al., MuseGAN (2018), as in MusPy"
_GRADUS = "etude: onset intervals compared with the one before"
_LERCH = "Lerdahl and Jackendoff, A generative theory of tonal music (1983), onsets by metrical place"

METRICS = (
    Metric("note_length", "rhythm", "quarters", "near reference", YANG, note_length),
    Metric("note_length_entropy", "rhythm", "bits", "near reference", YANG, note_length_entropy),
    Metric("onset_interval", "rhythm", "quarters", "near reference", YANG, onset_interval),
    Metric("onset_interval_entropy", "rhythm", "bits", "near reference", YANG, onset_interval_entropy),
    Metric("groove_consistency", "rhythm", "share", "near reference", MUSPY, groove_consistency),
    Metric("groove_similarity", "rhythm", "share", "near reference", JAZZ, groove_similarity),
    Metric("drum_pattern_consistency", "rhythm", "share", "near reference", _DONG, drum_pattern_consistency),
)
PROFILES = (
    Profile("note_length_histogram", "rhythm", "share", (_CLASS,), YANG, note_length_histogram),
    Profile(
        "note_length_transitions",
        "rhythm",
        "share",
        (Axis("before", _CLASS.labels), Axis("after", _CLASS.labels)),
        YANG,
        note_length_transitions,
    ),
    Profile("onset_interval_histogram", "rhythm", "share", (_CLASS,), YANG, onset_interval_histogram),
    Profile("onset_interval_ratios", "rhythm", "share", (Axis("ratio", _RATIOS),), _GRADUS, onset_interval_ratios),
    Profile("onset_positions", "rhythm", "share", (_PLACE,), _LERCH, onset_positions),
)
