"""Timed events: what a Reader says while it reads, what a live player plays, and the way back to a Score."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from etude.score.score import Score
from etude.score.tables import Mark, Metadata, Track

Kind = Literal["on", "off", "tempo", "meter", "key", "control", "mark", "end"]


@dataclass(frozen=True)
class Event:
    """One thing that happens at a tick.

    kind     number                  value                     text
    on       pitch                   velocity                  -
    off      pitch                   -                         -
    tempo    microseconds / quarter  -                         -
    meter    numerator               denominator               -
    key      fifths                  mode                      -
    control  controller number       value                     -
    mark     -                       -                         "kind" or "kind:text"
    end      -                       -                         - (the piece lasts until here)
    """

    tick: int
    kind: Kind
    track: int = 0
    number: int = 0
    value: int = 0
    text: str = ""


def score_from_events(
    events: Iterable[Event], *, tpq: int, tracks: Iterable[Track] = (), meta: Metadata | None = None
) -> Score:
    """The Score that `events` (in time order) describe.

    A note still sounding at the end stops there; an off without an on is ignored; the first on of a pitch is
    the first to be ended.
    """
    collector = _Collector()
    for event in events:
        collector.take(event)
    collector.end_all()
    return Score.of(marks=collector.marks, tracks=tracks, tpq=tpq, meta=meta, **collector.rows)


class _Collector:
    """Rows of the score tables, filled event by event."""

    def __init__(self) -> None:
        self.tick = 0
        self.marks: list[Mark] = []
        self.rows: dict[str, Any] = {name: [] for name in ("notes", "tempos", "meters", "keys", "controls")}
        self.sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)

    def take(self, event: Event) -> None:
        self.tick = max(self.tick, event.tick)
        if event.kind == "on":
            self.sounding[event.track, event.number].append((event.tick, event.value))
        elif event.kind == "off":
            self.close(event.track, event.number, event.tick)
        elif event.kind == "mark":
            kind, _, text = event.text.partition(":")
            self.marks.append(Mark(event.tick, kind, text, event.track))
        elif event.kind == "end":
            self.marks.append(Mark(event.tick, "end"))
        elif event.kind == "tempo":
            self.rows["tempos"].append((event.tick, event.number))
        elif event.kind in ("meter", "key"):
            self.rows[event.kind + "s"].append((event.tick, event.number, event.value))
        else:
            self.rows["controls"].append((event.tick, event.track, event.number, event.value))

    def close(self, track: int, pitch: int, at: int) -> None:
        if self.sounding[track, pitch]:
            onset, velocity = self.sounding[track, pitch].popleft()
            self.rows["notes"].append((onset, at - onset, pitch, velocity, track))

    def end_all(self) -> None:
        for (track, pitch), waiting in list(self.sounding.items()):
            for _ in range(len(waiting)):
                self.close(track, pitch, self.tick)
