"""Timed events: what a Reader says while it reads, what a live player plays, and the way back to a Score."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

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
    end      -                       -                         -
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
    rows: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    marks: list[Mark] = []
    sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    tick = 0

    def close(track: int, pitch: int, at: int) -> None:
        onset, velocity = sounding[track, pitch].popleft()
        rows["notes"].append((onset, at - onset, pitch, velocity, track))

    for event in events:
        tick = max(tick, event.tick)
        if event.kind == "on":
            sounding[event.track, event.number].append((event.tick, event.value))
        elif event.kind == "off":
            if sounding[event.track, event.number]:
                close(event.track, event.number, event.tick)
        elif event.kind == "mark":
            kind, _, text = event.text.partition(":")
            marks.append(Mark(event.tick, kind, text, event.track))
        elif event.kind == "tempo":
            rows["tempos"].append((event.tick, event.number))
        elif event.kind in ("meter", "key"):
            rows[event.kind + "s"].append((event.tick, event.number, event.value))
        elif event.kind == "control":
            rows["controls"].append((event.tick, event.track, event.number, event.value))
    for (track, pitch), waiting in list(sounding.items()):
        while waiting:
            close(track, pitch, tick)
    return Score.of(
        rows["notes"],
        tempos=rows["tempos"],
        meters=rows["meters"],
        keys=rows["keys"],
        controls=rows["controls"],
        marks=marks,
        tracks=tracks,
        tpq=tpq,
        meta=meta,
    )
