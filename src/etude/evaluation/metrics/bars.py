"""Whether bars are right, and whether a piece ends like one.

Conventions
    Bars are those of the meter map, with the pickup and the written bar lines; in a performance recorded at a tempo
    nobody played at they say nothing. Drum strokes have no length and are left out. The tonic is that of the key
    that fits the notes best, whatever key is written, so that the same notes mean the same in every format. The
    bass is the lowest note at each onset, which is the melody itself where there is but one voice. A measure of the
    ending is 1 or 0 for a piece, so that its mean over pieces is a share. NaN where there is nothing to look at.

Metrics
    valid_bars       share of bars into whose line no note of the bar runs over
    full_bars        share of bars as long as the meter asks, the first and the last left out
    complete_ending  whether the last note ends on a bar line, or where the bar lacks what the pickup holds
    ends_on_tonic    whether the last bass note is the tonic
    cadence          whether it is, and the bass comes to it from the fifth, the second or the seventh: the dominant
    final_length     length of the last melody note divided by the median length of the melody's notes
"""

from __future__ import annotations

import math

import numpy as np

from etude.evaluation.metrics.analysis import Analysis, Integers
from etude.evaluation.metrics.base import Metric
from etude.evaluation.metrics.counting import mean
from etude.evaluation.metrics.pitch import key
from etude.score import bar_ticks, on_drums, pickup_ticks

DOMINANT = (7, 2, 11)  # semitones above the tonic: the triad a close comes from


def valid_bars(music: Analysis) -> float:
    """Share of the bars in which notes begin whose notes all end by the bar line; NaN without pitched notes.

    A written tie over the bar line is one long note here and counts as running over.
    """
    bar = music.bar_of[~on_drums(music.score)]
    over = music.pitched["onset"].astype(np.int64) + music.pitched["duration"] > music.bars[bar + 1]
    used = len(np.unique(bar))
    return 1.0 - len(np.unique(bar[over])) / used if used else math.nan


def full_bars(music: Analysis) -> float:
    """Share of the inner bars that have the length the meter asks for; NaN with fewer than three bars."""
    if not len(music.score):
        return math.nan
    inner = music.bars[1:-2]
    lengths = np.diff(music.bars[1:-1])
    return mean([length == bar_ticks(music.score, int(start)) for start, length in zip(inner, lengths)])


def complete_ending(music: Analysis) -> float:
    """1.0 where the piece stops with a bar, or one that lacks just the pickup; else 0.0; NaN without pitches."""
    if not len(music.pitched):
        return math.nan
    last = int((music.pitched["onset"].astype(np.int64) + music.pitched["duration"]).max())
    missing = int(music.bars[-1]) - last
    return float(missing in (0, pickup_ticks(music.score)))


def ends_on_tonic(music: Analysis) -> float:
    """1.0 where the last bass note is the tonic, else 0.0; NaN without pitched notes or a key."""
    above = _above_tonic(music)
    return float(above[-1] == 0) if len(above) else math.nan


def cadence(music: Analysis) -> float:
    """1.0 where the bass closes on the tonic from a note of the dominant triad, else 0.0; NaN as above."""
    above = _above_tonic(music)
    if len(above) < 2:
        return math.nan
    return float(above[-1] == 0 and above[-2] in DOMINANT)


def final_length(music: Analysis) -> float:
    """How many times the median length of the melody's notes its last note lasts; NaN where nothing lasts."""
    lengths = music.melody["duration"]
    usual = float(np.median(lengths)) if len(lengths) else 0.0
    return float(lengths[-1]) / usual if usual else math.nan


def _above_tonic(music: Analysis) -> Integers:
    """Int64[L]: semitones of the bass above the tonic, 0 to 11, without repetitions; empty without a tonic."""
    found = music.once(key)
    if found is None:
        return np.zeros(0, np.int64)
    onsets = music.pitched["onset"]
    bass = music.pitches[np.append(True, onsets[1:] != onsets[:-1])]  # sorted by onset, then pitch
    above = (bass - found.tonic) % 12
    return np.asarray(above[np.append(above[1:] != above[:-1], True)])


_METER = "etude: bars as the meter map gives them"
_CLOSE = "Caplin, The classical cadence (2004): dominant to tonic in the bass"
_FINAL = "etude: the last note against the others"

METRICS = (
    Metric("valid_bars", "form", "share", "high", _METER, valid_bars),
    Metric("full_bars", "form", "share", "high", _METER, full_bars),
    Metric("complete_ending", "form", "share", "high", _METER, complete_ending),
    Metric("ends_on_tonic", "form", "share", "high", _CLOSE, ends_on_tonic),
    Metric("cadence", "form", "share", "high", _CLOSE, cadence),
    Metric("final_length", "form", "ratio", "near reference", _FINAL, final_length),
)
