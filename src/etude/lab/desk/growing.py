"""Notes as a page draws and plays them: while a piece grows, and when it is whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings import Encoding
from etude.score import NOTE, Event, Score, bar_starts, numbered_bars, unfold

MOST_BARS = 128 * 126  # that can be told apart while repeats are played out
Note = list[float]  # start and stop in seconds, pitch, velocity, track


class Ear:
    """Steps -> notes that are certain, in seconds; the tempo is followed as it is told."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.begin()

    def begin(self) -> None:
        """Hears a new sequence from its start."""
        self.reader: Any = self.encoding.reader()
        self.tick, self.second, self.quarter = 0, 0.0, 0.5  # where the tempo changed last, and seconds a quarter
        self.open: dict[tuple[int, int], list[tuple[float, int]]] = {}

    def hear(self, steps: NDArray[np.int32]) -> list[Note]:
        """The notes that end with these int32[T, K] steps."""
        found = []
        for step in steps:
            for event in self.reader.feed(tuple(map(int, step))):
                note = self._take(event)
                if note is not None:
                    found.append(note)
        return found

    def _take(self, event: Event) -> Note | None:
        now = self.second + (event.tick - self.tick) / self.encoding.tpq * self.quarter
        key = event.track, event.number
        if event.kind == "tempo":
            self.tick, self.second, self.quarter = event.tick, now, event.number / 1e6
        elif event.kind == "on":
            self.open.setdefault(key, []).append((now, event.value))
        elif event.kind == "off" and self.open.get(key):
            start, velocity = self.open[key].pop(0)
            return [round(start, 4), round(now, 4), event.number, velocity, event.track]
        return None

    def tracks(self) -> list[dict[str, Any]]:
        """Name, program and kind of each track known so far."""
        return tracks_of(getattr(self.reader, "tracks", self.encoding.tracks))


def tracks_of(tracks: Any) -> list[dict[str, Any]]:
    """Tracks as JSON values."""
    return [{"name": one.name, "program": one.program, "drums": one.is_drum} for one in tracks]


def whole(score: Score, prompt_end: int = 0) -> dict[str, Any]:
    """What a page needs of a finished piece: notes, bar lines and beats in seconds; repeats are played out."""
    from etude.render.audio.sounding import sounding_notes

    played = unfold(score)
    bars, numbers = bar_starts(played), written_bars(score)
    return {
        "notes": [
            [round(note.start, 4), round(note.stop, 4), note.pitch, note.velocity, note.track]
            for note in sounding_notes(played)
        ],
        "tracks": tracks_of(played.tracks),
        "bars": [round(float(at), 4) for at in played.seconds(bars)],
        "written": numbers if len(numbers) == len(bars) - 1 else list(range(1, len(bars))),
        "beat": round(float(played.seconds([played.tpq])[0]), 4),  # seconds of the first quarter
        "seconds": round(played.duration, 4),
        "prompt_seconds": round(float(played.seconds([prompt_end])[0]), 4) if prompt_end else 0.0,
    }


def written_bars(score: Score) -> list[int]:
    """The number, as it is written, of each bar in the order they are played: repeats come again."""
    numbers = numbered_bars(score)
    marks = [(start, 1, number % 128, 1 + number // 128, 0) for number, (start, _) in numbers.items()]
    if max(numbers, default=0) > MOST_BARS:
        return list(numbers)
    played = unfold(replace(score, notes=np.array(marks, NOTE), controls=score.controls[:0]))
    return [int(note["pitch"]) + 128 * (int(note["velocity"]) - 1) for note in played.notes]
