"""Passages of performed music made wrong throughout, for a judge that hears passages.

Each kind breaks one thing and keeps the rest: `CORRUPTIONS[kind](score, means)` returns a Score with the same or
nearly the same notes, loudness or timing. `Means` brings the chance, another piece, and what pitches are common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.score import NOTE, Score, Table

SPREAD = 0.12  # of a quarter: the standard deviation of jitter, 60 ms in performed music


@dataclass(frozen=True)
class PitchTable:
    """Which pitches real music has, and which follow which; counted on the training side."""

    single: NDArray[np.float64]  # [128], adds up to 1
    following: NDArray[np.float64]  # [128, 128], rows add up to 1

    @classmethod
    def of(cls, scores: Iterable[Score]) -> PitchTable:
        """The table of `scores`, notes taken in their order of onset and pitch."""
        single, following = np.zeros(128), np.zeros((128, 128))
        for score in scores:
            pitches = score.notes["pitch"].astype(np.int64)
            single += np.bincount(pitches, minlength=128)
            np.add.at(following, (pitches[:-1], pitches[1:]), 1)
        if not single.any():
            raise UsageError("There is no note to count pitches of.")
        single /= single.sum()
        following += single  # weighs one note: no row is empty
        return cls(single, following / following.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Means:
    """What a corruption may use: chance, another piece's passage of about the same length, the pitch table."""

    random: np.random.Generator
    other: Score
    pitches: PitchTable


def shuffled(score: Score, means: Means) -> Score:
    """Pieces of two quarters (a second of performed music, half a bar of 4/4) in another order."""
    notes, unit = score.notes.copy(), 2 * score.tpq
    piece = notes["onset"] // unit
    count = int(piece.max()) + 1 if len(notes) else 0
    notes["onset"] += (means.random.permutation(count)[piece] - piece) * unit
    return _first_at_zero(score, notes)


def unigram(score: Score, means: Means) -> Score:
    """Real timing and loudness, each pitch drawn by how common it is."""
    notes = score.notes.copy()
    notes["pitch"] = means.random.choice(128, len(notes), p=means.pitches.single)
    return _first_at_zero(score, notes)


def bigram(score: Score, means: Means) -> Score:
    """Real timing and loudness, each pitch drawn by how often it follows the pitch before."""
    notes = score.notes.copy()
    sums, chances = np.cumsum(means.pitches.following, axis=1), means.random.random(len(notes))
    pitch = int(notes["pitch"][0]) if len(notes) else 0
    for number in range(1, len(notes)):
        pitch = min(int(np.searchsorted(sums[pitch], chances[number])), 127)
        notes["pitch"][number] = pitch
    return _first_at_zero(score, notes)


def hand_moved(score: Score, means: Means) -> Score:
    """The lower or the upper half of the keys moved by a semitone, so that the hands are in two keys."""
    notes = score.notes.copy()
    upper = notes["pitch"] > np.median(notes["pitch"])
    moved = upper if means.random.random() < 0.5 else ~upper
    notes["pitch"] = np.clip(notes["pitch"] + moved * means.random.choice([-1, 1]), 0, 127)
    return _first_at_zero(score, notes)


def jittered(score: Score, means: Means) -> Score:
    """Every onset moved by chance, 60 ms either way at 120 beats a minute."""
    notes = score.notes.copy()
    drift = np.rint(means.random.normal(0, SPREAD * score.tpq, len(notes)))
    notes["onset"] = np.maximum(notes["onset"] + drift.astype(np.int64), 0)
    return _first_at_zero(score, notes)


def swapped(score: Score, means: Means) -> Score:
    """The same notes in the same order, the times between them in another."""
    notes = score.notes.copy()
    gaps = np.diff(notes["onset"])
    notes["onset"][1:] = notes["onset"][:1] + np.cumsum(means.random.permutation(gaps))
    return _first_at_zero(score, notes)


def reversed_in_time(score: Score, means: Means) -> Score:
    """The onsets from the last to the first; every note keeps its length."""
    notes = score.notes.copy()
    notes["onset"] = notes["onset"].max(initial=0) - notes["onset"]
    return _first_at_zero(score, notes)


def overlaid(score: Score, means: Means) -> Score:
    """The upper half of this music over the lower half of another piece's, which plays in its own time and key."""
    upper = score.notes[score.notes["pitch"] > np.median(score.notes["pitch"])]
    other = means.other.notes.copy()
    for name in ("onset", "duration"):
        other[name] = np.rint(other[name].astype(np.float64) * score.tpq / means.other.tpq)
    lower = other[other["pitch"] <= np.median(other["pitch"])]
    lower["track"] = 0
    return _first_at_zero(score, np.concatenate([upper, lower]))


Corruption = Callable[[Score, Means], Score]

CORRUPTIONS: dict[str, Corruption] = {
    "shuffled seconds": shuffled,
    "pitches by unigram": unigram,
    "pitches by bigram": bigram,
    "one hand a semitone off": hand_moved,
    "onsets jittered": jittered,
    "intervals swapped": swapped,
    "reversed in time": reversed_in_time,
    "two pieces overlaid": overlaid,
}


def passages(score: Score, notes: int, *, shortest: int = 0) -> list[Score]:
    """The Score cut into passages of `notes` notes, each beginning at tick 0; the rest if it has `shortest` notes.

    Tempo is that of the start; pedals and marks are left out.
    """
    parts = [score.notes[start : start + notes].copy() for start in range(0, len(score), notes)]
    return [_first_at_zero(score, part) for part in parts if len(part) >= (shortest or notes)]


def random_piano(notes: int, random: np.random.Generator) -> Score:
    """The course's bad music: any key, loudness 10 to 79, |N(1, 1)| s long, a note every |0.2 N(0, 1) + 0.3| s."""
    tpq = 5000  # ten ticks a millisecond
    table = np.zeros(notes, NOTE)
    table["pitch"] = random.integers(0, 128, notes)
    table["velocity"] = random.integers(10, 80, notes)
    table["duration"] = np.maximum(np.abs(random.normal(1, 1, notes)) * 2 * tpq, 1)
    gaps = np.abs(0.2 * random.standard_normal(notes) + 0.3)
    table["onset"] = (0.5 + np.cumsum(gaps) - gaps) * 2 * tpq
    return Score.of(table, tpq=tpq)


def _first_at_zero(score: Score, notes: Table) -> Score:
    """A Score of `notes` alone, moved so that the first begins at tick 0."""
    if len(notes):
        notes["onset"] -= notes["onset"].min()
    return Score.of(notes, tempos=score.tempos[:1], tracks=score.tracks, tpq=score.tpq, meta=score.meta)
