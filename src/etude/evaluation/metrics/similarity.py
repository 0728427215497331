"""Which bars of a piece are alike: the symbolic self-similarity matrix, and where the music turns to something new.

Conventions
    A bar is a picture of 4 places a quarter by pitch class (drums: by instrument): how much of the place each class
    sounds, and one more where it begins. Two bars are as alike as the cosine of their pictures, 0 to 1; an empty
    bar is like none but itself. Only the first 512 bars of a piece are looked at. Nothing is transposed.

Profiles
    self_similarity  how alike two bars are [bar, bar]
    novelty          how little the four bars before a bar line have in common with the four after it, against how
                     much they have in common among themselves; 0 is nothing new

Sources: Foote, "Visualizing music and audio using self-similarity" (1999) and "Automatic audio segmentation using a
measure of audio novelty" (2000), on pictures of symbolic bars.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.metrics.analysis import Analysis, Integers
from etude.evaluation.metrics.base import Axis, Numbers, Profile
from etude.score import Table

PLACES = 4  # of a quarter
MOST_BARS = 512
MOST_PLACES = 256  # of a bar, the last of which lasts as long as the bar does
KERNEL = 4  # bars on either side of a bar line that are compared


def self_similarity(music: Analysis) -> Numbers:
    """Float64[B, B]: how alike bars are, 0 to 1; the diagonal is 1. [0, 0] without notes."""
    if not len(music.score):
        return np.zeros((0, 0))
    pictures = _pictures(music)
    lengths = np.linalg.norm(pictures, axis=1, keepdims=True)
    unit = pictures / np.where(lengths > 0, lengths, 1)
    alike = np.clip(unit @ unit.T, 0, 1)
    np.fill_diagonal(alike, 1.0)
    return alike


def novelty(music: Analysis) -> Numbers:
    """Float64[B]: how new each bar is after those before it, about -1 to 1; 0 for the first. [0] without notes."""
    alike = music.once(self_similarity)
    bars = len(alike)
    curve = np.zeros(bars)
    for bar in range(1, bars):
        reach = min(KERNEL, bar, bars - bar)
        before, after = slice(bar - reach, bar), slice(bar, bar + reach)
        within = alike[before, before].mean() + alike[after, after].mean()
        curve[bar] = within / 2 - alike[before, after].mean()
    return curve


def _pictures(music: Analysis) -> Numbers:
    """Float64[B, P * C]: what happens in each bar."""
    bars = music.bars[: MOST_BARS + 1]
    slot = music.score.tpq / PLACES
    counts = np.clip(np.ceil(np.diff(bars) / slot), 1, MOST_PLACES).astype(np.int64)  # places of each bar
    first = np.cumsum(counts) - counts
    within = np.arange(counts.sum()) - np.repeat(first, counts)
    edges = np.append(np.repeat(bars[:-1], counts) + within * slot, bars[-1])
    where, how_much, columns = _cells(music, edges)
    bar = np.repeat(np.arange(len(counts)), counts)[where]
    width = int(columns.max(initial=0)) + 1
    flat = (bar * int(counts.max()) + where - first[bar]) * width + columns
    size = len(counts) * int(counts.max()) * width
    return np.bincount(flat, weights=how_much, minlength=size).astype(np.float64).reshape(len(counts), -1)


def _cells(music: Analysis, edges: Numbers) -> tuple[Integers, Numbers, Integers]:
    """(place, weight, column) of everything that sounds: pitch classes first, then each kind of drum."""
    kinds = np.unique(music.drums["pitch"])
    drums, pitched = (_kept(notes, edges) for notes in (music.drums, music.pitched))
    kind = np.searchsorted(kinds, drums["pitch"])
    struck = np.searchsorted(edges, np.concatenate([pitched["onset"], drums["onset"]]), side="right") - 1
    columns = np.concatenate([pitched["pitch"].astype(np.int64) % 12, 12 + kind])
    held, shares, notes = _spread(pitched, edges)
    where = np.concatenate([struck, held])
    return where, np.concatenate([np.ones(len(struck)), shares]), np.concatenate([columns, columns[notes]])


def _kept(notes: Table, edges: Numbers) -> Table:
    return np.asarray(notes[notes["onset"] < edges[-1]])


def _spread(notes: Table, edges: Numbers) -> tuple[Integers, Numbers, NDArray[np.int64]]:
    """(place, share of the place that sounds, which note) for every place that a note reaches into."""
    starts = notes["onset"].astype(np.float64)
    ends = np.minimum(starts + notes["duration"], edges[-1])
    low = np.searchsorted(edges, starts, side="right") - 1
    reach = np.maximum(np.searchsorted(edges, ends, side="left") - low, 0)
    note = np.repeat(np.arange(len(notes)), reach)
    place = np.arange(reach.sum()) - np.repeat(np.cumsum(reach) - reach, reach) + low[note]
    overlap = np.minimum(ends[note], edges[place + 1]) - np.maximum(starts[note], edges[place])
    return place, overlap / (edges[place + 1] - edges[place]), note


_FOOTE = "Foote, Visualizing music and audio using self-similarity (1999)"
_NOVELTY = "Foote, Automatic audio segmentation using a measure of audio novelty (2000)"

PROFILES = (
    Profile("self_similarity", "form", "cosine", (Axis("bar"), Axis("bar")), _FOOTE, self_similarity),
    Profile("novelty", "form", "cosine", (Axis("bar"),), _NOVELTY, novelty),
)
