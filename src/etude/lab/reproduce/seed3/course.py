"""The course's own event stream, its segments and its task, rebuilt from what they do.

Other than in the encoding `performance`, a velocity is named whenever the exact MIDI value changes, not its bin, in
the order in which notes end; gaps are cut, not rounded, to hundredths of a second; and a gap's last hundredth is
left over: in about half of the cases it is a hair more than 0.01, and a second shift of 10 ms is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions import random_piano
from etude.score import Score

SIZE = 382
UP, SHIFT, VELOCITY = 128, 256, 356  # first values; 0 is the first key down
START = 257  # the course's mark of a piece's first segment: a shift of 20 ms, really
LENGTH, HOP = 151, 75

Events = NDArray[np.int32]


def course_events(score: Score) -> Events:
    """Int32[T]: a piece as the course writes it."""
    notes = score.notes
    onsets = notes["onset"].astype(np.int64)
    starts, ends = score.seconds(onsets), score.seconds(onsets + notes["duration"])
    order = np.argsort(ends, kind="stable")
    starts, ends = starts[order], ends[order]
    pitches, velocities = (notes[name][order].astype(np.int64) for name in ("pitch", "velocity"))
    changed = np.diff(velocities, prepend=0) != 0
    times = np.stack([starts, starts, ends], axis=1)
    values = np.stack([VELOCITY + np.minimum(velocities, 125) // 5, pitches, UP + pitches], axis=1)
    there = np.stack([changed, np.ones_like(changed), np.ones_like(changed)], axis=1)
    times, values = times[there], values[there]
    by_time = np.argsort(times, kind="stable")
    return _with_shifts(times[by_time], values[by_time])


def _with_shifts(times: NDArray[np.float64], values: NDArray[np.int64]) -> Events:
    """Int32[T]: the events with shifts between them, by the course's own arithmetic, rounding errors included."""
    out, now = [], 0.0
    for time, value in zip(times.tolist(), values.tolist()):
        gap = time - now
        while gap > 0.01:
            part = min(gap, 1.0) - 0.01
            out.append(SHIFT + int(part * 100))
            gap -= part
        out.append(value)
        now = time
    return np.array(out, np.int32)


def course_segments(events: Events) -> NDArray[np.int32]:
    """Int32[N, 151]: a window every 75 events, the first behind the start mark; none of a shorter piece."""
    if len(events) < LENGTH:
        return np.zeros((0, LENGTH), np.int32)
    first = np.concatenate([[START], events[: LENGTH - 1]]).astype(np.int32)
    rest = [events[at : at + LENGTH] for at in range(HOP, len(events) - LENGTH, HOP)]
    return np.stack([first, *rest]).astype(np.int32)


@dataclass(frozen=True)
class Task:
    """Segments of the original task: int32[N, 151], whether each is of real music, and the piece it comes from."""

    segments: NDArray[np.int32]
    labels: NDArray[np.bool_]
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, scores: Sequence[Score], bad: Sequence[Score], *, each: int = 0, seed: int = 0) -> Task:
        """The task from real pieces and random ones; at most `each` segments of a real piece unless that is 0."""
        random, parts, names = np.random.default_rng(seed), [], []
        for number, score in enumerate((*scores, *bad)):
            own = course_segments(course_events(score))
            if each and number < len(scores):
                own = own[np.sort(random.permutation(len(own))[:each])]
            parts.append(own)
            names += [number] * len(own)
        labels = np.array(names, np.int64) < len(scores)
        return cls(np.concatenate(parts), labels, tuple(map(str, names)))

    def only(self, rows: NDArray[np.int64]) -> Task:
        """Some of its rows."""
        return Task(self.segments[rows], self.labels[rows], tuple(self.pieces[row] for row in rows.tolist()))

    def steps(self) -> list[NDArray[np.int32]]:
        """Int32[151, 1] a segment: as models and critics take them."""
        return [segment[:, None] for segment in self.segments]

    def divided(self, seed: int) -> tuple[Task, Task, Task]:
        """The original's 70/15/15 by segments, which overlap by half: the same music on all sides."""
        order = np.random.default_rng(seed).permutation(len(self.labels))
        edges = [round(share * len(order)) for share in (0.7, 0.85)]
        first, second, third = (self.only(rows) for rows in np.split(order, edges))
        return first, second, third


def random_pieces(count: int, notes: int, seed: int) -> list[Score]:
    """`count` pieces of the course's bad music."""
    return [random_piano(notes, np.random.default_rng((seed, number))) for number in range(count)]


def entropies(pieces: Sequence[Events]) -> tuple[float, float]:
    """(unigram, bigram) entropy in nats an event: what a table of this very music scores on itself."""
    pairs = np.zeros((SIZE, SIZE))
    for events in pieces:
        np.add.at(pairs, (events[:-1], events[1:]), 1)
    single, rows = pairs.sum(axis=0) / pairs.sum(), pairs.sum(axis=1, keepdims=True)
    joint = pairs[pairs > 0]
    given = (pairs / np.maximum(rows, 1))[pairs > 0]
    return float(-(single[single > 0] * np.log(single[single > 0])).sum()), float(
        -(joint * np.log(given)).sum() / joint.sum()
    )
