"""How much sounds: how many notes, how dense, how many at once, and how much silence.

Conventions
    Notes as written, pedal left out. A beat is a quarter. Drums count as notes, but not as anything that sounds
    on: they are left out of polyphony and silence. A pitch struck again while it sounds counts once.

Metrics
    notes                 how many notes there are
    notes_per_bar         notes / bars
    notes_per_second      notes / seconds from the start to where the last note ends
    polyphony             mean number of pitches that sound where any does
    polyphony_rate        share of the time, from tick 0, in which three or more pitches sound
    silence               share of the time between the first onset and the last end in which no pitch sounds
    empty_beats           share of the beats from tick 0 that no note touches; a note that ends where a beat begins
                          touches it, as in MusPy, so short rests do not show: see `silence`
"""

from __future__ import annotations

import math

import numpy as np

from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.base import MUSPY, YANG, Metric
from etude.evaluation.metrics.sounding import sounding

MANY = 3  # pitches at once


def notes(music: Analysis) -> float:
    """The number of notes, drums included."""
    return float(len(music.score))


def notes_per_bar(music: Analysis) -> float:
    """Notes per bar; NaN without notes."""
    return len(music.score) / (len(music.bars) - 1) if len(music.score) else math.nan


def notes_per_second(music: Analysis) -> float:
    """Notes per second; NaN where no time passes."""
    seconds = float(music.score.seconds([music.last])[0])
    return len(music.score) / seconds if seconds > 0 else math.nan


def polyphony(music: Analysis) -> float:
    """The mean number of different pitches at the ticks where any sounds; NaN where none does."""
    times, counts = music.once(sounding)
    heard = times[counts > 0].sum()
    return float((times * counts).sum() / heard) if heard else math.nan


def polyphony_rate(music: Analysis) -> float:
    """The share of the ticks up to the last end at which three or more pitches sound; NaN where no time passes."""
    times, counts = music.once(sounding)
    return float(times[counts >= MANY].sum() / music.last) if music.last else math.nan


def silence(music: Analysis) -> float:
    """The share of the ticks from the first onset to the last end at which no pitch sounds; NaN where none does."""
    times, counts = music.once(sounding)
    return float(times[counts == 0].sum() / times.sum()) if times.sum() else math.nan


def empty_beats(music: Analysis) -> float:
    """The share of the quarters that no note touches, its last tick included; NaN where no time passes."""
    if not music.last:
        return math.nan
    starts = music.score.notes["onset"].astype(np.int64)  # in order
    first, last = starts // music.score.tpq, (starts + music.score.notes["duration"]) // music.score.tpq
    reach = np.maximum.accumulate(last)
    fresh = reach - np.maximum(first, np.append(-1, reach[:-1]) + 1) + 1  # beats no earlier note has touched
    beats = music.last // music.score.tpq + 1
    return float(1 - np.maximum(fresh, 0).sum() / beats)


_ETUDE = "etude: time in which nothing is heard"

METRICS = (
    Metric("notes", "texture", "notes", "near reference", YANG, notes),
    Metric("notes_per_bar", "texture", "notes", "near reference", YANG, notes_per_bar),
    Metric("notes_per_second", "texture", "notes per second", "near reference", YANG, notes_per_second),
    Metric("polyphony", "texture", "pitches", "near reference", MUSPY, polyphony),
    Metric("polyphony_rate", "texture", "share", "near reference", MUSPY, polyphony_rate),
    Metric("silence", "texture", "share", "near reference", _ETUDE, silence),
    Metric("empty_beats", "texture", "share", "near reference", MUSPY, empty_beats),
)
