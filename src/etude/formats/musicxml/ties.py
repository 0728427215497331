"""Tied notes made one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby, pairwise

from etude.formats.musicxml.raw import Measure, RawNote
from etude.formats.musicxml.values import Frame, written


@dataclass(eq=False, slots=True)
class Whole:
    """A note as it sounds, in ticks from the start of the piece, and where its written parts are joined."""

    onset: int
    end: int
    pitch: int
    velocity: int
    voice: str
    joins: tuple[int, ...]


def join(measures: list[Measure], starts: list[int]) -> list[Whole]:
    """The notes of a part; what is tied is one note as long as its parts together."""
    out: list[Whole] = []
    rows: list[tuple[int, int, RawNote]] = []
    for measure, start in zip(measures, starts):
        for note in measure.notes:
            onset = start + note.onset
            if note.tied_from or note.tied_to:
                rows.append((onset, onset + note.duration, note))
            else:
                out.append(Whole(onset, onset + note.duration, note.pitch, note.velocity, note.voice, ()))
    rows.sort(key=lambda row: row[0])
    waiting: dict[tuple[int, int], list[Whole]] = defaultdict(list)  # (pitch, end) -> notes tied onwards
    for onset, group in groupby(rows, key=lambda row: row[0]):
        together = list(group)
        # those that go on in the voice they come from choose first
        together.sort(key=lambda row: _from_voice(waiting, onset, row[2]) is None)
        for _, end, note in together:
            candidates = waiting.get((note.pitch, onset)) if note.tied_from else None
            if candidates:
                whole = _from_voice(waiting, onset, note) or candidates[0]
                candidates.remove(whole)
                whole.joins += (onset,)
                whole.end, whole.voice = end, note.voice
            else:
                whole = Whole(onset, end, note.pitch, note.velocity, note.voice, ())
                out.append(whole)
            if note.tied_to:
                waiting[note.pitch, end].append(whole)
    return out


def _from_voice(waiting: dict[tuple[int, int], list[Whole]], onset: int, note: RawNote) -> Whole | None:
    """The note in the same voice that `note` may be tied to, if there is one."""
    return next((one for one in waiting.get((note.pitch, onset), []) if one.voice == note.voice), None)


def surprising(whole: Whole, starts: list[int], frames: list[Frame]) -> list[int]:
    """Those joins that neither a bar line nor the beat explains: ties a writer would not put there by itself.

    A note that stands in a tuplet is tied wherever the tuplet makes it, and never surprises.
    """
    bars = set(starts)
    points = [whole.onset, *(tick for tick in whole.joins if tick in bars), whole.end]
    expected = set(bars)
    for start, stop in pairwise(points):
        frame = frames[min(bisect_right(starts, start) - 1, len(frames) - 1)]
        if not (frame.on_grid(start) and frame.on_grid(stop)):
            return []
        expected.update(value.start for value in written(start, stop, frame, []))
    return [tick for tick in whole.joins if tick not in expected]
