"""Cutting music that is written bar by bar: events and ABC tokens."""

from __future__ import annotations

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.encodings.base import BEGIN, END, Steps
from etude.encodings.events_reader import BAR, FIRST_POSITION, PART
from etude.encodings.infill.cutting import HEAD, Cutting, Ticks
from etude.score import Score

_DURATION = v.values_of("duration")
_CONTENT = v.values_of("pitch", "rest", "hold")
_NOTHING_YET = v.VALUE["duration", 240]  # the duration that holds at the start
_ALSO, _LINE = v.VALUE["also", None], v.values_of("line")


class EventCuts(Cutting):
    """Cut before a bar step."""

    ties = False

    def ticks(self, steps: Steps) -> Ticks:
        """See `Cutting.ticks`; the end step stands at the end of the last bar."""
        reader = self.encoding.reader()
        out = np.full(len(steps), HEAD, np.int64)
        for number, step in enumerate(np.asarray(steps).tolist()):
            reader.feed(step)
            if step[0] not in (BEGIN, PART, END):
                out[number] = reader.bar + max(0, step[0] - FIRST_POSITION)
            elif step[0] == END:
                out[number] = reader.bar + reader.length
        return out

    def lines(self, steps: Steps) -> Ticks:
        """The bar lines, and the end."""
        ticks = self.ticks(steps)
        return np.append(ticks[np.asarray(steps)[:, 0] == BAR], ticks[-1])

    def parts(self, score: Score) -> list[tuple[int, ...]]:
        """The tracks with notes, one for one."""
        return [(int(track),) for track in np.unique(score.notes["track"])]


class AbcCuts(Cutting):
    """Cut before a bar line, so that what follows says which line it is."""

    def ticks(self, steps: Steps) -> Ticks:
        """See `Cutting.ticks`; a note that joins a chord stands where the chord begins."""
        reader = self.encoding.reader()
        out = np.full(len(steps), HEAD, np.int64)
        for number, (value,) in enumerate(np.asarray(steps).tolist()):
            joins = value == _ALSO or reader.also
            if number > len(v.HEADER):
                out[number] = reader.tick_before if joins else reader.tick
            reader.feed((value,))
        return out

    def lines(self, steps: Steps) -> Ticks:
        """The beginning, the bar lines, and the end."""
        ticks = self.ticks(steps)
        return np.unique(np.concatenate([[0], ticks[np.isin(np.asarray(steps)[:, 0], _LINE)], ticks[-1:]]))

    def alone(self, steps: Steps, place: int, tick: int) -> Steps:
        """The duration that holds is named before the first note or rest that would rely on it."""
        out = super().alone(steps, place, tick)
        relying = _relying(out)
        if relying is None:
            return out
        return np.insert(out, relying, _holding(steps[:place]), axis=0)

    def joined(self, before: Steps, after: Steps, tick: int) -> Steps:
        """A duration that holds already is not named again."""
        named = np.flatnonzero(np.isin(after[:, 0], _DURATION))
        if len(named) and _relying(after) is None and after[named[0], 0] == _holding(before):
            after = np.delete(after, named[0], axis=0)
        return super().joined(before, after, tick)


def _relying(steps: Steps) -> int | None:
    """The number of the first note or rest when no duration is named before it; None where one is."""
    values = np.asarray(steps)[:, 0]
    content, named = np.flatnonzero(np.isin(values, _CONTENT)), np.flatnonzero(np.isin(values, _DURATION))
    if not len(content) or (len(named) and named[0] < content[0]):
        return None
    return int(content[0])


def _holding(steps: Steps) -> int:
    """The value of the duration that holds after `steps`."""
    named = np.flatnonzero(np.isin(np.asarray(steps)[:, 0], _DURATION))
    return int(steps[named[-1], 0]) if len(named) else _NOTHING_YET
