"""The regular stream of `scan` as arrays: one row an event, and notes from their ons and offs.

The stream has delta times (one to four bytes, all but the last with the high bit set) and events with exactly two
data bytes, whose status byte may be left out when it repeats. So where a stretch of low bytes begins after a
status, its bytes are data, data, delta, data, data, delta ...; after the high bytes of a delta: delta, data, data,
delta ... Which of the two a stretch of high bytes is, the length modulo 3 of the low stretch before it tells.
That makes every column an array expression, without a loop over events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """One row an event, in file order: tick in its chunk, chunk number, status 0x80-0xFF, two data bytes."""

    tick: Ints
    chunk: Ints
    status: NDArray[np.uint8]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]

    def __getitem__(self, rows: Any) -> Events:
        return Events(*(column[rows] for column in vars(self).values()))


def columns(stream: bytes, ends_chunk: NDArray[np.bool_]) -> Events:
    """The events of a regular stream; `ends_chunk` bool[X] says which of the FF events close their chunk."""
    data = np.frombuffer(stream, np.uint8)
    high = data >= 128
    edges = (high[1:] != high[:-1]).nonzero()[0] + 1
    low = edges[0::2]  # where each stretch of low bytes begins; the stream begins with a high byte
    size = np.append(edges[1::2], len(data)) - low
    after_delta = _after_delta(size % 3)
    count = (size + ~after_delta) // 3  # events whose first data byte lies in the stretch
    stretch = np.arange(len(low)).repeat(count)
    follows = after_delta[stretch]
    place = np.arange(len(stretch)) - (count.cumsum() - count)[stretch]
    first = low[stretch] + follows + 3 * place
    status_at = np.maximum.accumulate((low - 1) * ~after_delta)[stretch]
    opens = (place == 0) & ~follows  # the event has its own status byte, its delta stands before it
    delta = _deltas(data, first - 1 - opens)
    status = data[status_at]
    last = (status == 0xFF).nonzero()[0][ends_chunk]
    chunk = np.zeros(len(first), np.int64)
    chunk[last[:-1] + 1] = 1
    chunk = chunk.cumsum()
    tick = delta.cumsum()
    base = np.zeros(len(last), np.int64)
    base[1:] = tick[last[:-1]]
    return Events(tick - base[chunk], chunk, status, data[first], data[first + 1])


def _after_delta(remainder: Ints) -> NDArray[np.bool_]:
    """Bool: whether each low stretch follows the high bytes of a delta time; `remainder` is its length modulo 3."""
    rows = np.arange(len(remainder))
    told = np.maximum.accumulate(np.where(remainder[:-1] != 0, rows[:-1], -1))  # 0 leaves it as it was
    return np.concatenate([[True], np.where(told < 0, True, remainder[told] == 2)])


def _deltas(data: NDArray[np.uint8], at: Ints) -> Ints:
    """Int64, in ticks: the variable-length numbers whose last bytes are at `at`."""
    out = data[at].astype(np.int64)
    rows = np.arange(len(at))
    for back in (1, 2, 3):
        byte = data[at[rows] - back]
        more = byte >= 128
        if not more.any():
            break
        rows = rows[more]
        out[rows] |= (byte[more].astype(np.int64) & 127) << (7 * back)
    return out


@dataclass(frozen=True)
class Notes:
    """Paired notes, row by row: index of the event that starts each, and its duration in ticks."""

    start: Ints
    duration: Ints
    orphans: int  # ends without a start; left out
    hanging: int  # starts without an end; they last to the end of their chunk
    overlaps: int  # starts of a pitch that was already sounding; first on, first off


def pair(events: Events, chunk_ends: Ints) -> Notes:
    """The notes of `events`; `chunk_ends` int64[chunks] is the last tick of each chunk.

    In one chunk, channel and pitch the first note that started is the first to end.
    """
    rows = (events.status < 0xA0).nonzero()[0]
    note = events[rows]
    key = (note.chunk << 11) | ((note.status & 15).astype(np.int64) << 7) | note.first
    if len(events.chunk) and events.chunk[-1] < 32:
        key = key.astype(np.uint16)  # sorted by counting, in linear time
    order = np.argsort(key, kind="stable")
    key = key[order].astype(np.int64)
    starts = ((note.status >= 0x90) & (note.second > 0))[order]
    depth, orphan = _depth(key, starts)
    opened, closed = starts.nonzero()[0], (~starts & ~orphan).nonzero()[0]
    ends = note.tick[order[closed]]
    missing = _unanswered(key, opened, closed)
    if len(missing):
        where = np.searchsorted(key[closed], missing, side="right")
        ends = np.insert(ends, where, chunk_ends[missing >> 11])
    begun = note.tick[order[opened]]
    overlaps = int((depth[opened] > 1).sum())
    return Notes(rows[order[opened]], ends - begun, int(orphan.sum()), len(missing), overlaps)


def _depth(key: Ints, starts: NDArray[np.bool_]) -> tuple[Ints, NDArray[np.bool_]]:
    """Int64: notes sounding after each event of its key; bool: ends that found nothing to end."""
    change = np.where(starts, 1, -1)
    total = change.cumsum()
    fresh = np.ones(len(key), bool)
    fresh[1:] = key[1:] != key[:-1]
    new, group = fresh.nonzero()[0], fresh.cumsum() - 1
    depth = total - (total[new] - change[new])[group]
    if not (depth < 0).any():
        return depth, np.zeros(len(key), bool)
    # the lowest depth so far in each group: groups are set apart by more than any depth
    apart = group * (2 * len(key) + 2)
    lowest = np.minimum(np.minimum.accumulate(depth - apart) + apart, 0)
    before = np.concatenate([[0], lowest[:-1]])
    before[new] = 0
    return depth - lowest, lowest < before


def _unanswered(key: Ints, opened: Ints, closed: Ints) -> Ints:
    """Int64: the keys of starts that no end answers, in order, as often as there are such starts."""
    if len(opened) == len(closed):
        return np.zeros(0, np.int64)
    keys, on = np.unique(key[opened], return_counts=True)
    off = np.searchsorted(key[closed], keys, side="right") - np.searchsorted(key[closed], keys, side="left")
    return np.repeat(keys, on - off)
