"""A tune that is to go on, as tokens: its last bar stays open, its key is guessed, and more sections may come."""

from __future__ import annotations

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.score import Mark, Score, Table, bar_starts

_MAJOR = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], bool)  # from the tonic up


def open_tune(score: Score) -> Score:
    """`score` with a rest up to the end of its last bar, and with a key where none is written."""
    keys = score.keys if len(score.keys) else [(0, likeliest_fifths(score.notes), 0)]
    end = int(bar_starts(score)[-1])
    marks = score.marks if score.end >= end else (*score.marks, Mark(end, "end"))
    return score.replace(keys=keys, marks=marks)


def opened(tokens: list[int], padded: bool) -> list[int]:
    """`tokens` with one more section announced, without the rest that filled the last bar where it was `padded`."""
    kept = list(tokens)
    while padded and kept and v.SYMBOLS[kept[-1]][0] != "pitch":
        kept.pop()
    place = v.HEADER.index("parts")
    announced = int(v.SYMBOLS[kept[place]][1])
    kept[place] = v.VALUE["parts", min(announced + 1, v.MAXIMUM_PARTS)]
    return kept


def likeliest_fifths(notes: Table) -> int:
    """Sharps (flats if negative) of the major key that holds most of the notes, the plainest of equal ones."""
    counts = np.bincount(notes["pitch"] % 12, minlength=12)
    outside = {fifths: int(counts[~np.roll(_MAJOR, 7 * fifths % 12)].sum()) for fifths in range(-5, 7)}
    return min(outside, key=lambda fifths: (outside[fifths], abs(fifths), fifths))
