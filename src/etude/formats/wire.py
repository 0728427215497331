"""Readings as bytes and back, for the pipe between a worker and its parent: JSON for words, raw bytes for tables.

No pickle: what comes back from a process that read a stranger's file is data and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from etude.errors import Reason
from etude.formats.base import Reading
from etude.score import CONTROL, KEY, METER, NOTE, TEMPO, Mark, Metadata, Score, Track

_TABLES = {"notes": NOTE, "tempos": TEMPO, "meters": METER, "keys": KEY, "controls": CONTROL}


def pack(readings: Sequence[Reading], facts: dict[str, Any]) -> bytes:
    """Bytes that hold `readings` and `facts` (JSON values)."""
    tables: list[bytes] = []
    rows = [_reading_row(reading, tables) for reading in readings]
    words = json.dumps([facts, rows]).encode()
    return b"".join([len(words).to_bytes(4, "big"), words, *tables])


def unpack(data: bytes) -> tuple[list[Reading], dict[str, Any]]:
    """What `pack` was given. Raises ValueError, TypeError or KeyError when `data` is not from it."""
    start = 4 + int.from_bytes(data[:4], "big")
    facts, rows = json.loads(data[4:start])
    readings = []
    for row in rows:
        reading, start = _reading(row, data, start)
        readings.append(reading)
    return readings, facts


def _reading_row(reading: Reading, tables: list[bytes]) -> list[Any]:
    """The words of a Reading; the bytes of its tables are added to `tables`."""
    words: list[Any] = [reading.reason, reading.detail, reading.warnings, reading.text]
    if (score := reading.score) is None:
        return words
    arrays = [getattr(score, name) for name in _TABLES]
    tables.extend(array.tobytes() for array in arrays)
    marks = [(mark.tick, mark.kind, mark.text, mark.track) for mark in score.marks]
    parts = [(track.name, track.program, track.is_drum) for track in score.tracks]
    meta = [getattr(score.meta, item.name) for item in fields(score.meta)]
    return [*words, [len(array) for array in arrays], score.tpq, marks, parts, meta]


def _reading(row: list[Any], data: bytes, start: int) -> tuple[Reading, int]:
    """The Reading of `row` whose tables begin at `start`, and the byte after them."""
    reason, detail, warnings, text, *rest = row
    score = None
    if rest:
        sizes, tpq, marks, parts, meta = rest
        tables = {}
        for (name, dtype), size in zip(_TABLES.items(), sizes):
            tables[name] = np.frombuffer(data, dtype, size, start)
            start += size * dtype.itemsize
        # the reader in the worker made it, so it is sorted and checked
        score = Score(
            **tables,
            marks=tuple(Mark(*mark) for mark in marks),
            tracks=tuple(Track(*part) for part in parts),
            tpq=tpq,
            meta=Metadata(*[*meta[:-1], tuple((name, value) for name, value in meta[-1])]),
        )
    return Reading(score, Reason(reason) if reason else None, detail, tuple(warnings), text), start
