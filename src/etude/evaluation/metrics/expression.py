"""How a performer shapes time: chords that are spread, notes held or cut short, the pedal, and freedom of tempo.

Conventions
    Times in seconds by the tempo map; drums count where onsets are looked at. A file without tempo or bars of its
    own (a performance recorded at a tempo nobody played at) has no grid: its `timing_deviation` says nothing. NaN
    where there is nothing to look at; 0 where music is typed in.

Metrics
    chord_spread      mean time from the first to the last note of a chord in milliseconds; the notes of a chord
                      begin within 50 ms of one another
    articulation      mean over the melody of a note's length / the time to its next note: 1 is legato, less is
                      detached, more overlaps; nothing counts for more than 2
    pedal_share       share of the time in which a sustain pedal is down
    timing_deviation  mean distance of onsets from the nearest sixteenth or triplet eighth in milliseconds
    tempo_spread      standard deviation of the tempo over its mean, weighed by time
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import Metric, Numbers
from etude.evaluation.metrics.counting import mean
from etude.score import pedal_spans

TOGETHER = 0.05  # seconds within which the notes of a chord begin
OVERLAP = 2.0  # a note held longer than this many times the way to the next one tells no more
_THIRDS_AND_QUARTERS = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1])  # of a quarter note


def chord_spread(music: Analysis) -> float:
    """The mean spread of the chords in milliseconds; NaN where there is no chord."""
    onsets = music.score.seconds(music.pitched["onset"])
    starts = _chords(onsets)
    ends = np.append(starts[1:], len(onsets)) - 1
    chords = ends[: len(starts)] > starts
    return 1000 * mean((onsets[ends[: len(starts)]] - onsets[starts])[chords]) if chords.any() else math.nan


def articulation(music: Analysis) -> float:
    """The mean of length / time to the next note of the melody, 0 to 2; NaN with fewer than two notes."""
    notes = music.melody
    starts = music.score.seconds(notes["onset"])
    if len(starts) < 2:
        return math.nan
    lengths = music.score.seconds(notes["onset"].astype(np.int64) + notes["duration"]) - starts
    return mean(np.minimum(lengths[:-1] / np.diff(starts), OVERLAP))


def pedal_share(music: Analysis) -> float:
    """The share of the seconds up to the last end with any sustain pedal down; NaN where no time passes."""
    if not music.last:
        return math.nan
    spans = np.concatenate([pedal_spans(music.score, track) for track in range(len(music.score.tracks))])
    return _covered(music.score.seconds(np.minimum(spans, music.last))) / float(
        music.score.seconds([music.last])[0]
    )


def timing_deviation(music: Analysis) -> float:
    """The mean distance of the onsets from the grid in milliseconds; NaN without notes."""
    onsets = music.score.notes["onset"].astype(np.int64)
    within = (onsets % music.score.tpq) / music.score.tpq
    nearest = np.abs(within[:, None] - _THIRDS_AND_QUARTERS).argmin(axis=1)
    ticks = onsets - onsets % music.score.tpq + _THIRDS_AND_QUARTERS[nearest] * music.score.tpq
    return 1000 * mean(np.abs(music.score.seconds(onsets) - music.score.seconds(ticks)))


def tempo_spread(music: Analysis) -> float:
    """The standard deviation of quarters per minute over their mean, by seconds; NaN where no time passes."""
    if not music.last:
        return math.nan
    tempos = music.score.tempos
    edges = music.score.seconds(np.minimum(np.append(tempos["tick"], music.last), music.last))
    lasting = np.diff(edges)
    rates = 6e7 / tempos["microseconds"]
    if (rates == rates[0]).all():
        return 0.0
    usual = float(np.average(rates, weights=lasting))
    return math.sqrt(float(np.average((rates - usual) ** 2, weights=lasting))) / usual


def _chords(onsets: Numbers) -> NDArray[np.int64]:
    """Int64[C]: the number of the first note of each group whose onsets lie within TOGETHER of its first note."""
    starts: list[int] = []
    at = 0
    while at < len(onsets):
        starts.append(at)
        at = int(np.searchsorted(onsets, onsets[at] + TOGETHER, side="right"))
    return np.array(starts, np.int64)


def _covered(spans: Numbers) -> float:
    """How much of the line the spans (float64[P, 2]) cover together."""
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    starts = np.append(ordered[:1, 0], np.maximum(ordered[1:, 0], reach[:-1]))
    return float((reach - np.minimum(starts, reach)).sum())


_GOEBL = "Goebl, Melody lead in piano performance (JASA 2001)"
_REPP = "Repp, Acoustics, perception and production of legato articulation (JASA 1995)"
_PEDAL = "etude: MIDI controller 64"
_GILLICK = "Gillick et al., Learning to groove with inverse sequence transformations (2019)"
_TEMPO = "etude: the tempo map"

METRICS = (
    Metric("chord_spread", "dynamics", "milliseconds", "near reference", _GOEBL, chord_spread),
    Metric("articulation", "dynamics", "ratio", "near reference", _REPP, articulation),
    Metric("pedal_share", "dynamics", "share", "near reference", _PEDAL, pedal_share),
    Metric("timing_deviation", "dynamics", "milliseconds", "near reference", _GILLICK, timing_deviation),
    Metric("tempo_spread", "dynamics", "ratio", "near reference", _TEMPO, tempo_spread),
)
