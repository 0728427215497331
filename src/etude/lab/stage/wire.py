"""Music and requests as lines of JSON, between the player and the generator's process."""

from __future__ import annotations

import json
from typing import Any

from etude.live import Arrived, Cue
from etude.score import Event


def pack(music: Arrived) -> str:
    """One line, without its break."""
    cues = [
        (c.beat, c.order, c.number, c.event.kind, c.event.track, c.event.number, c.event.value) for c in music.cues
    ]
    return json.dumps([cues, music.horizon, music.generation, music.ended], separators=(",", ":"))


def unpack(words: list[Any]) -> Arrived:
    """What `pack` was given, of its parsed line."""
    cues, horizon, generation, ended = words
    return Arrived(tuple(_cue(*row) for row in cues), horizon, generation, ended)


def _cue(beat: float, order: int, number: int, *event: Any) -> Cue:
    return Cue(beat, order, number, Event(0, *event))
