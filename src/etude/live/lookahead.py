"""The music that has arrived and was not played yet, and a stretch of what was, to seek back in."""

from __future__ import annotations

import heapq
import itertools
from collections import deque

from etude.live.bars import CLOSE, Bars
from etude.live.news import ENDS, Arrived, Cue
from etude.score import Event

REMEMBERED = 4096  # cues that can be sought back to
RELEASE = Event(0, "mark", text="release")  # at a cut: what sounds ends, since its own end was cut off


class Lookahead:
    """Cues by beat. One is ready when nothing can arrive before it: when its beat is before the horizon."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.waiting: list[Cue] = []
        self.played: deque[Cue] = deque(maxlen=REMEMBERED)
        self.horizon = 0.0
        self.generation = 0
        self.ended = False

    def arrive(self, music: Arrived) -> None:
        """Takes in music; that of an older generation is dropped."""
        if music.generation != self.generation:
            return
        for cue in music.cues:
            if cue.event.kind == "meter":
                self.bars.change(cue.beat, 4 * cue.event.number / max(cue.event.value, 1))
            heapq.heappush(self.waiting, cue)
        self.horizon = max(self.horizon, music.horizon)
        self.ended = self.ended or music.ended

    def ready(self) -> Cue | None:
        """The next cue, if nothing can come before it any more."""
        if not self.waiting:
            return None
        cue = self.waiting[0]
        return cue if self.ended or cue.beat < self.horizon else None

    def take(self) -> Cue:
        """The next cue, which is played now."""
        cue = heapq.heappop(self.waiting)
        self.played.append(cue)
        return cue

    def cut(self, beat: float) -> int:
        """Drops the music from `beat` on; the generation that is to come instead."""
        self.waiting = [cue for cue in self.waiting if cue.beat < beat - CLOSE]
        self.waiting.append(Cue(beat, ENDS, -1, RELEASE))
        heapq.heapify(self.waiting)
        self.bars.forget(beat)
        self.horizon, self.ended = min(self.horizon, beat), False
        self.generation += 1
        return self.generation

    def begin_answer(self, beat: float) -> int:
        """Drops all music: what comes next begins at `beat`. The generation that is to come."""
        self.waiting = []
        self.horizon, self.ended = beat, False
        self.generation += 1
        return self.generation

    def rewind(self, beat: float) -> None:
        """Puts what was played from `beat` on back to be played again."""
        again = list(itertools.takewhile(lambda cue: cue.beat >= beat - CLOSE, reversed(self.played)))
        for cue in again:
            self.played.pop()
            heapq.heappush(self.waiting, cue)

    def earliest(self) -> float:
        """The first beat that can be sought back to."""
        return self.played[0].beat if self.played else 0.0
