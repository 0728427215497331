"""What a tune is made of, as hashes: all its notes, the same up to transposition, and every passage of its melody.

The melody is the highest note at each onset where it changes; a step of it is the interval to the note before and
whether the time since then grew, stayed or shrank. So neither key nor tempo nor unit length nor the accompaniment
changes a passage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.score import Score

GRAM = 12  # melody steps in a passage: about three bars of a jig
DISTINCT = 4  # a passage with fewer different steps, a drone or a trill, says nothing
_BLOCK = 2**17
_HELD = 8  # how many onsets back a note that is still held may have begun
_GRID = 48  # times are counted in 48ths of a quarter, so that files with other ticks compare equal
_OCTAVE = 12
_C = 60  # the middle one
_ZERO = 128  # added to an interval, so that none is negative
_DRUM = 4096  # symbols of drum onsets start here


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 of all notes, absolute (`notes`) and up to transposition (`shape`); the melody, int32[M]."""

    notes: str
    shape: str
    symbols: NDArray[np.int32]


def fingerprint(score: Score, *, steady: bool = True) -> Fingerprint:
    """The Fingerprint of a Score. `steady` False leaves rhythm out of the melody: right for performances."""
    notes = score.notes
    drums = np.array([track.is_drum for track in score.tracks], bool)[notes["track"]]
    onsets = _grid(notes["onset"] - (notes["onset"][0] if len(notes) else 0), score.tpq)
    pitches = notes["pitch"].astype(np.int32)
    table = np.stack([onsets, _grid(notes["duration"], score.tpq), pitches, drums.astype(np.int32)], axis=1)
    table = table[np.lexsort(table.T[::-1])]
    shape = table.copy()
    pitched = shape[:, 3] == 0
    if pitched.any():
        shape[pitched, 2] -= shape[pitched, 2][0]
        symbols = _melody(table[pitched], steady)
        if _is_letters(table):  # moved by a semitone, B becomes the C below: no octave says which way
            shape[:, 2] %= _OCTAVE
            symbols = ((symbols // 3 - _ZERO) % _OCTAVE + _ZERO) * 3 + symbols % 3
    else:
        symbols = drum_steps(table[:, 0], table[:, 2], steady=steady)
    return Fingerprint(_digest(table), _digest(shape), symbols)


def _grid(ticks: NDArray[np.int32], tpq: int) -> NDArray[np.int32]:
    return ((ticks.astype(np.int64) * _GRID * 2 + tpq) // (2 * tpq)).astype(np.int32)


def _is_letters(table: NDArray[np.int32]) -> bool:
    """Whether a tune is one of `etude.formats.letters`: quarter notes in one line from middle C to the B above."""
    onsets, durations, pitches, drums = table.T
    steady = (durations == _GRID).all() and not (onsets % _GRID).any() and (np.diff(onsets) > 0).all()
    return bool(steady and not drums.any() and pitches.min() >= _C and pitches.max() < _C + _OCTAVE)


def _digest(table: NDArray[np.int32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest()[:32]


def _melody(table: NDArray[np.int32], steady: bool) -> NDArray[np.int32]:
    """Int32[M - 1]: one symbol for each step between the M places where the highest note changes.

    A note struck again is no step: some files do not tell it from a held one, and players vary it. Nor is a note
    under a higher one that is held. `table` is int32[N, 4]: onset, duration, pitch and drum, sorted.
    """
    last = np.append(table[1:, 0] != table[:-1, 0], True)
    order = np.lexsort((table[:, 2], table[:, 0]))[last]
    top = table[order]
    if steady:  # a player's overlaps say nothing
        top = top[~_covered(top)]
    times, tops = top[:, 0], top[:, 2]
    changes = np.append(True, tops[1:] != tops[:-1])
    times, tops = times[changes], tops[changes]
    return np.asarray((np.diff(tops) + _ZERO) * 3 + _rhythm(times, steady), np.int32)


def _covered(top: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Bool[M]: which notes begin under one of the notes just before that is higher and lasts past their middle."""
    covered = np.zeros(len(top), bool)
    middle, ends = 2 * top[:, 0] + top[:, 1], 2 * (top[:, 0] + top[:, 1])
    for back in range(1, min(_HELD, len(top) - 1) + 1):
        covered[back:] |= (top[:-back, 2] > top[back:, 2]) & (ends[:-back] >= middle[back:])
    return covered


def drum_steps(onsets: NDArray[np.int32], pitches: NDArray[np.int32], *, steady: bool = True) -> NDArray[np.int32]:
    """Int32[M - 1]: one symbol for each onset of drums after the first: which of them sound, and the rhythm."""
    if not len(onsets):
        return np.zeros(0, np.int32)
    first = np.append(0, np.flatnonzero(np.diff(onsets)) + 1)
    struck = np.add.reduceat(pitches * pitches % 1021, first)
    return np.asarray(_DRUM + struck[1:] * 3 + _rhythm(onsets[first], steady), np.int32)


def _rhythm(times: NDArray[np.int32], steady: bool) -> NDArray[np.int32]:
    """Int32[M - 1]: 0 as long as the step before (or not steady), 1 longer, 2 shorter. The first step is 0."""
    steps = np.diff(times)
    out = np.zeros(len(steps), np.int32)
    if steady and len(steps) > 1:
        out[1:] = np.where(2 * steps[1:] > 3 * steps[:-1], 1, np.where(3 * steps[1:] < 2 * steps[:-1], 2, 0))
    return out


def passages(
    symbols: Sequence[NDArray[np.int32]], gram: int = GRAM
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Uint64[G], int32[G]: the hash of every passage of `gram` steps, and the number of the tune it stands in.

    Each passage of a tune comes once, however often it is repeated; drones do not count. Sorted by hash, then tune.
    """
    lengths = np.array([len(one) for one in symbols], np.int64)
    if not lengths.sum() or lengths.max() < gram:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    line = np.concatenate(symbols)
    owner = np.repeat(np.arange(len(symbols), dtype=np.int32), lengths)
    hashes = rolling_hashes(line, gram)
    telling = (owner[: len(hashes)] == owner[gram - 1 :]) & (_distinct(line, gram) >= DISTINCT)
    hashes, owner = hashes[telling], owner[: len(hashes)][telling]
    order = np.argsort(hashes, kind="stable")  # owners stand in order already
    hashes, owner = hashes[order], owner[order]
    fresh = np.ones(len(hashes), bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    return hashes[fresh], owner[fresh]


def rolling_hashes(line: NDArray[np.integer[Any]], gram: int) -> NDArray[np.uint64]:
    """Uint64[len(line) - gram + 1]: the hash of every `gram` steps in a row; empty for a line that is shorter."""
    mixed = _mix(line.astype(np.uint64))
    count = max(0, len(line) - gram + 1)
    hashes = np.zeros(count, np.uint64)
    for offset in range(gram):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + mixed[offset : offset + count]
    return hashes


def _distinct(line: NDArray[np.integer[Any]], gram: int) -> NDArray[np.int64]:
    """Int64[len(line) - gram + 1]: how many different steps each passage has, counted block by block."""
    windows = np.lib.stride_tricks.sliding_window_view(line, gram)
    counts = [
        1 + (np.diff(np.sort(windows[at : at + _BLOCK], axis=1), axis=1) != 0).sum(axis=1)
        for at in range(0, len(windows), _BLOCK)
    ]
    return np.concatenate(counts)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Uint64: each value scattered over 64 bits. Source: Steele, Lea and Flood, SplitMix (2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), np.uint64)
