"""What sounds around a note when it begins: the chord, its neighbours, and how its voice came there.

No tracks are asked: a voice is a place in the chord, counted from the top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

BACK, ON = 32, 16  # notes before and after, in order of onset, among which what sounds is looked for
PLACES = 6  # that are told apart, from the top
APART = 24  # semitones up to which distances are told apart
NONE = 1000


def texture(pitches: Whole, onsets: Whole, lengths: Whole) -> dict[str, Whole]:
    """Of every note, int64[N] each:

    chord   bit c is set where something sounds c semitones above it, octaves apart
    place   how many notes sound above it, at most PLACES - 1
    above   semitones to the next higher one, at most APART; 0 where there is none
    below   semitones to the next lower one
    move    APART + 1 + semitones since the voice at its place before, at most APART either way; 0 without one
    """
    count = len(pitches)
    near = np.arange(count)[:, None] + np.arange(-BACK, ON + 1)[None, :]
    there = (near >= 0) & (near < count)
    near = np.clip(near, 0, count - 1)
    begun, ends = onsets[near], onsets[near] + np.maximum(lengths[near], 1)
    sounds = there & (begun <= onsets[:, None]) & (ends > onsets[:, None])
    away = pitches[near] - pitches[:, None]
    above = np.where(sounds & (away > 0), away, NONE).min(axis=1)
    below = np.where(sounds & (away < 0), -away, NONE).min(axis=1)
    place = np.minimum((sounds & (away > 0)).sum(axis=1), PLACES - 1)
    before = there & (begun < onsets[:, None]) & (ends >= onsets[:, None])
    lines = -np.sort(np.where(before, -pitches[near], NONE), axis=1)  # from the top
    line = lines[np.arange(count), place]
    moves = np.clip(pitches - line, -APART, APART)
    return {
        "chord": np.bitwise_or.reduce(np.where(sounds, 1 << away % 12, 1), axis=1),
        "place": place,
        "above": np.where(above == NONE, 0, np.minimum(above, APART)),
        "below": np.where(below == NONE, 0, np.minimum(below, APART)),
        "move": np.where(line == -NONE, 0, APART + 1 + moves),
    }
