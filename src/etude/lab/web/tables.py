"""What the page's readers need to know of an encoding, in numbers: no table is written twice."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from etude.encodings import Encoding
from etude.encodings.abc import form
from etude.encodings.abc import vocabulary as abc
from etude.encodings.chorale import CELL, LOWEST
from etude.encodings.conditions import Told
from etude.encodings.events_reader import (
    DRUMS,
    FIRST_METER,
    FIRST_PROGRAM,
    FIRST_TEMPO,
    FIRST_TRACK,
    METERS,
    TEMPOS,
    TRACKS,
    meters_of,
)
from etude.encodings.infill import Infilling
from etude.encodings.letters import REST, TPQ
from etude.encodings.performance import FIRST_DOWN, FIRST_SHIFT, FIRST_UP, FIRST_VELOCITY, VELOCITIES
from etude.encodings.roll import LOWEST as LOWEST_KEY
from etude.errors import BadInput, Reason

MIDDLE_C = 60


def tables_of(encoding: Encoding) -> dict[str, Any]:
    """JSON: name, field sizes, tables, tracks and notes of `encoding`, and what stands in front of its music.

    markers   how many values of the first field are markers of gaps
    told      kind and choice of each value behind them
    notes     for each field the pitch of each value, null for none
    waits     the field that says how long a note waits for the next; -1 without one
    metered   whether bars can be counted although no meter is heard: times are counted in quarters

    Raises BadInput for an encoding that the page has no reader for.
    """
    outer: Any = encoding
    control = outer.control if isinstance(outer, Told) else None
    inner = outer.inner if control else outer
    music: Any = inner.inner if isinstance(inner, Infilling) else inner
    if music.name not in TABLES:
        raise BadInput(
            f"The page cannot read music in the encoding '{music.name}': it knows {', '.join(sorted(TABLES))}. "
            "Export it with --to onnx, or train a model of one of these.",
            Reason.UNSUPPORTED,
        )
    names = [field.name for field in encoding.fields]
    return {
        "name": music.name,
        "sizes": [field.size for field in encoding.fields],
        "tables": TABLES[music.name](music),
        "tpq": encoding.tpq,
        "tracks": [{"name": one.name, "program": one.program, "drums": one.is_drum} for one in encoding.tracks],
        "notes": [_pitches(field.notes) for field in encoding.fields],
        "waits": names.index("step") if "step" in names else -1,
        "metered": getattr(music, "time", "scored") == "scored" and music.name not in ("performance", "letters"),
        "markers": inner.fields[0].size - music.fields[0].size,
        "told": [
            {"kind": kind, "choice": choice}
            for kind in (control.kinds if control else ())
            for choice in (control.choices(kind) if control else ())
        ],
    }


def _pitches(notes: tuple[float, ...] | None) -> list[int | None] | None:
    return None if notes is None else [None if math.isnan(one) else int(one) for one in notes]


def _letters(_: Any) -> dict[str, Any]:
    return {"rest": REST, "lowest": MIDDLE_C, "length": TPQ}


def _chorale(encoding: Any) -> dict[str, Any]:
    return {"holds": encoding.holds, "first": encoding.first_pitch, "lowest": LOWEST, "cell": CELL}


def _roll(encoding: Any) -> dict[str, Any]:
    return {"frame": encoding.ticks, "lowest": LOWEST_KEY}


def _notes(encoding: Any) -> dict[str, Any]:
    return {
        "waits": _whole(encoding.steps_grid.ticks),
        "durations": _whole(encoding.duration_grid.ticks),
        "velocities": _whole(encoding.loudness[1]),
        "melody": encoding.part == "skyline",
    }


def _performance(encoding: Any) -> dict[str, Any]:
    places = {"down": FIRST_DOWN, "up": FIRST_UP, "shift": FIRST_SHIFT, "loud": FIRST_VELOCITY}
    return {**places, "velocities": list(VELOCITIES), "melody": encoding.part == "skyline"}


def _events(encoding: Any) -> dict[str, Any]:
    lengths = meters_of(encoding.resolution)
    return {
        **{"programs": FIRST_PROGRAM, "voices": FIRST_TRACK, "meters": FIRST_METER, "tempos": FIRST_TEMPO},
        "drums": DRUMS,
        "most": TRACKS,
        "signatures": METERS,
        "lengths": [lengths.get(meter, 0) for meter in METERS],
        "microseconds": [round(60e6 / tempo) for tempo in TEMPOS],
        "durations": _whole(encoding.durations.ticks),
        "velocities": _whole(encoding.loudness[1]),
    }


def _abc(encoding: Any) -> dict[str, Any]:
    return {
        "symbols": abc.SYMBOLS,
        "header": abc.HEADER,
        "grain": abc.GRAIN,
        "tpq": abc.TPQ,
        "highest": abc.HIGHEST,
        "most": abc.MAXIMUM_PARTS,
        "longest": form.LONGEST_ENDING,
        "tempoOfRhythm": abc.TEMPO_OF_RHYTHM,
        "tempoOfMeter": {f"{top}/{bottom}": tempo for (top, bottom), tempo in abc.TEMPO_OF_METER.items()},
        "chords": not encoding.skyline,
        "complete": encoding.complete,
    }


def _whole(values: Any) -> list[int]:
    return [int(one) for one in np.asarray(values)]


TABLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "abc": _abc,
    "chorale": _chorale,
    "events": _events,
    "letters": _letters,
    "notes": _notes,
    "performance": _performance,
    "roll": _roll,
}
