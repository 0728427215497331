"""Tied notes made one."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from etude.formats.musicxml.raw import Measure
from etude.formats.musicxml.values import Frame, written


@dataclass
class Whole:
    """A note as it sounds, in ticks from the start of the piece, and where its written parts are joined."""

    onset: int
    end: int
    pitch: int
    velocity: int
    voice: str
    joins: list[int]


def join(measures: list[Measure], starts: list[int]) -> list[Whole]:
    """The notes of a part; what is tied is one note as long as its parts together."""
    rows = [
        (start + note.onset, start + note.onset + note.duration, note)
        for measure, start in zip(measures, starts)
        for note in measure.notes
    ]
    rows.sort(key=lambda row: row[0])
    waiting: dict[tuple[int, int], list[Whole]] = defaultdict(list)  # (pitch, end) -> notes tied onwards
    out: list[Whole] = []
    for onset, end, note in rows:
        candidates = waiting.get((note.pitch, onset)) if note.tied_from else None
        if candidates:
            whole = next((one for one in candidates if one.voice == note.voice), candidates[0])
            candidates.remove(whole)
            whole.joins.append(onset)
            whole.end, whole.voice = end, note.voice
        else:
            whole = Whole(onset, end, note.pitch, note.velocity, note.voice, [])
            out.append(whole)
        if note.tied_to:
            waiting[note.pitch, end].append(whole)
    return out


def surprising(whole: Whole, starts: list[int], frames: list[Frame]) -> list[int]:
    """Those joins that neither a bar line nor the beat explains: ties a writer would not put there by itself."""
    bars = set(starts)
    points = [whole.onset, *(tick for tick in whole.joins if tick in bars), whole.end]
    expected = set(bars)
    for start, stop in itertools.pairwise(points):
        frame = frames[min(bisect_right(starts, start) - 1, len(frames) - 1)]
        expected.update(value.start for value in written(start, stop, frame, []))
    return [tick for tick in whole.joins if tick not in expected]
