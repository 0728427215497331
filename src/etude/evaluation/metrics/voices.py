"""Whether four voices are led as the chorale asks.

Conventions
    A voice is a pitched track with notes; a Score must have exactly four, ordered by their mean pitch: soprano,
    alto, tenor, bass. Where a voice has several notes at once the highest counts. The piece is looked at wherever
    any voice begins a note, and there at the pitch each voice holds. Everything is a share of what could have gone
    wrong; NaN for any other number of voices.

Metrics
    parallels        share of the pairs of voices that move together which keep a perfect fifth, octave or unison
    voice_crossing   share of the chords in which a voice lies below the next lower one
    wide_spacing     share of the chords with more than an octave between soprano and alto, or alto and tenor
    out_of_range     share of the notes outside the usual range of their voice
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from etude.encodings.chorale import RANGES
from etude.evaluation.metrics.analysis import Analysis, Integers
from etude.evaluation.metrics.base import Metric
from etude.evaluation.metrics.counting import mean

PERFECT = (0, 7)  # semitones, without octaves
OCTAVE = 12
_RESTING = -1


def parallels(music: Analysis) -> float:
    """The share of the joint moves of two voices that are parallel fifths, octaves or unisons."""
    chords = music.once(_chords)
    joint = wrong = 0
    for high, low in combinations(range(len(chords)), 2):
        both = chords[:, (chords[high] != _RESTING) & (chords[low] != _RESTING)]
        steps = np.diff(both[[high, low]], axis=1)
        together = (steps != 0).all(axis=0)
        apart = both[high] - both[low]
        same = (apart[1:] == apart[:-1]) & np.isin(apart[1:] % OCTAVE, PERFECT)
        joint += int(together.sum())
        wrong += int((together & same).sum())
    return wrong / joint if joint else math.nan


def voice_crossing(music: Analysis) -> float:
    """The share of the full chords in which neighbouring voices cross."""
    full = _full(music.once(_chords))
    return mean((np.diff(full, axis=0) > 0).any(axis=0))


def wide_spacing(music: Analysis) -> float:
    """The share of the full chords with more than an octave between two of the three upper voices."""
    full = _full(music.once(_chords))
    return mean((full[:-2] - full[1:-1] > OCTAVE).any(axis=0))


def out_of_range(music: Analysis) -> float:
    """The share of the notes that their voice does not usually sing."""
    voices = _voices(music)
    outside = [
        (voice < lowest) | (voice > highest)
        for voice, (lowest, highest) in zip((music.pitched["pitch"][chosen] for chosen in voices), RANGES)
    ]
    return mean(np.concatenate(outside)) if outside else math.nan


def _voices(music: Analysis) -> list[NDArray[np.bool_]]:
    """Bool[N] a voice: its notes among the pitched ones, the highest voice first; empty unless there are four."""
    tracks = music.pitched["track"]
    found = [tracks == number for number in np.unique(tracks)]
    if len(found) != len(RANGES):
        return []
    return sorted(found, key=lambda chosen: -float(music.pitches[chosen].mean()))


def _chords(music: Analysis) -> Integers:
    """Int64[4, C]: what each voice sings at each onset, _RESTING where it rests; [0, 0] unless there are four."""
    ticks = np.unique(music.pitched["onset"])
    rows = [_held(music, chosen, ticks) for chosen in _voices(music)]
    return np.array(rows, np.int64) if rows else np.zeros((0, 0), np.int64)


def _held(music: Analysis, chosen: NDArray[np.bool_], ticks: Integers) -> Integers:
    """Int64[C]: the pitch of one voice at each tick, _RESTING where it has none."""
    notes = music.pitched[chosen]
    at = np.searchsorted(notes["onset"], ticks, side="right") - 1
    note = notes[np.maximum(at, 0)]
    sounds = (at >= 0) & (ticks < note["onset"].astype(np.int64) + note["duration"])
    return np.where(sounds, note["pitch"].astype(np.int64), _RESTING)


def _full(chords: Integers) -> Integers:
    """The chords in which all voices sing."""
    return chords[:, (chords != _RESTING).all(axis=0)]


_FUX = "Fux, Gradus ad Parnassum (1725); Fang et al., Bach or mock? (2020)"

METRICS = (
    Metric("parallels", "voices", "share", "low", _FUX, parallels),
    Metric("voice_crossing", "voices", "share", "low", _FUX, voice_crossing),
    Metric("wide_spacing", "voices", "share", "low", _FUX, wide_spacing),
    Metric("out_of_range", "voices", "share", "low", _FUX, out_of_range),
)
