"""Which values of a tune are free when some of its bars are composed anew: a tune in ABC, or four voices.

What is kept of a bar that is composed anew:
    rhythm    when notes begin and end
    contour   that, and whether the melody rises, falls or stays from note to note
    bars      nothing but its length (an outline has it of four voices only: bars of ABC have as many symbols as
              they need, see `etude.lab.anew`)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.abc import vocabulary as v
from etude.encodings.base import Encoding, Steps
from etude.errors import UsageError
from etude.sampling.particles import Among, Outline
from etude.sampling.voices import bars_in_steps
from etude.score import Score

KEEP = ("rhythm", "contour", "bars")
LOWEST_TOKEN = v.VALUE["pitch", v.LOWEST]
HIGHEST_TOKEN = v.VALUE["pitch", v.HIGHEST]
OFFSET = 2  # of the values of the first voice: begin and end come before

Bar = tuple[int, int]  # its first step, and the step after its last


def bars_of(encoding: Encoding, score: Score, steps: Steps) -> list[Bar]:
    """The bars of `score` among its `steps` (int32[T, K], no conditions among them) in which a note begins.

    Raises UsageError for an encoding whose bars cannot be composed anew.
    """
    if encoding.name == "abc":
        pitched = _pitched(steps)
        lines = [row for row, value in enumerate(steps[:, 0].tolist()) if v.SYMBOLS[value][0] == "line"]
        places = list(pairwise([0, *lines, len(steps) - 1]))
        return [(start, stop) for start, stop in places if pitched[start:stop].any()]
    if encoding.name == "chorale":
        onsets: NDArray[np.bool_] = encoding.onsets(steps)  # type: ignore[attr-defined]
        bars = bars_in_steps(score, len(steps) - 2)
        return [(start, stop) for start, stop in bars if onsets[start:stop].any()]
    raise UsageError(
        f"Bars can be composed anew by a model of tunes in ABC or of chorales; '{encoding.name}' is neither."
    )


def chosen_bars(bars: Sequence[Bar], amount: float, random: np.random.Generator) -> list[int]:
    """The numbers of the bars to be composed anew, a share `amount` of all, one at least unless it is 0.

    Of the same random numbers more bars are wanted for a larger amount, the same ones among them.
    """
    if not 0 <= amount <= 1:
        raise UsageError(f"The amount must be 0 (the tune itself) to 1 (every bar anew), not {amount!r}.")
    order: list[int] = random.permutation(np.arange(len(bars))).tolist()
    return sorted(order[: max(round(amount * len(bars)), 1 if amount else 0)])


def check_keep(keep: str) -> None:
    """Raises UsageError for what cannot be kept."""
    if keep not in KEEP:
        raise UsageError(f"There is no '{keep}' to keep. Possible: {', '.join(KEEP)}.")


def outline_of(encoding: Any, steps: Steps, bars: Sequence[Bar], keep: str, voices: Sequence[int]) -> Outline:
    """`steps` (int32[T, K]) with what is free in `bars` when `keep` is kept; `voices` count for chorales only.

    Raises UsageError for what cannot be kept, or where only bars are kept of ABC.
    """
    check_keep(keep)
    inside = np.zeros(len(steps), np.bool_)
    for start, stop in bars:
        inside[start:stop] = True
    if encoding.name == "abc":
        if keep == "bars":
            raise UsageError("An outline of a tune in ABC keeps the rhythm or the contour of its bars.")
        return Outline(steps, (inside & _pitched(steps))[:, None], _pitches_like(steps, keep == "contour"))
    free = np.zeros(steps.shape, np.bool_)
    if keep == "bars":
        free[np.ix_(inside, np.array(voices))] = True
        return Outline(steps, free)
    course = VoiceCourse(encoding, steps)
    free[:, list(voices)] = course.of_notes_in(inside)[:, list(voices)]
    return Outline(steps, free, course.among(keep == "contour"))


def _pitched(steps: Steps) -> NDArray[np.bool_]:
    """Bool[T]: which ABC symbols are pitches."""
    tokens = np.asarray(steps)[:, 0]
    return np.asarray((tokens >= LOWEST_TOKEN) & (tokens <= HIGHEST_TOKEN))


def _room(pitches: NDArray[np.int64]) -> NDArray[np.int64]:
    """Int64[2, N]: by how many notes the line still sinks and rises from each, before it turns the other way."""
    out = np.zeros((2, len(pitches)), np.int64)
    for at in range(len(pitches) - 2, -1, -1):
        way = int(np.sign(pitches[at + 1] - pitches[at]))
        for side, direction in enumerate((-1, 1)):
            out[side, at] = 0 if way == -direction else out[side, at + 1] + (way == direction)
    return out


def _pitches_like(steps: Steps, contour: bool) -> Among:
    """Only pitches; with `contour` only those that lie as the one in `steps` lies to the pitch before it."""
    pitched, tokens = _pitched(steps), steps[:, 0]
    values = np.arange(v.SIZE)
    every = (values >= LOWEST_TOKEN) & (values <= HIGHEST_TOKEN)
    earlier = np.maximum.accumulate(np.where(pitched, np.arange(len(steps)), -1))
    room = np.zeros((2, len(steps)), np.int64)
    room[:, pitched] = _room(tokens[pitched].astype(np.int64))

    def among(heard: Sequence[tuple[int, ...]], chosen: Sequence[int]) -> NDArray[np.bool_]:
        at = len(heard)
        if not contour:
            return every
        inside = (values >= LOWEST_TOKEN + room[0, at]) & (values <= HIGHEST_TOKEN - room[1, at])
        before = int(earlier[at - 1])
        if before < 0:
            return np.asarray(inside)
        return np.asarray(inside & (np.sign(values - heard[before][0]) == np.sign(tokens[at] - tokens[before])))

    return among


class VoiceCourse:
    """When each of four voices begins a note, goes on and is silent, so that other pitches can do the same.

    onsets   bool[T, 4]: where a note begins
    pitch    int64[T, 4]: what sounds, -1 for silence; also before and after the music
    """

    def __init__(self, encoding: Any, steps: Steps) -> None:
        self.encoding, self.steps = encoding, steps
        self.onsets: NDArray[np.bool_] = encoding.onsets(steps)
        self.pitch = np.full(steps.shape, -1, np.int64)
        self.pitch[1:-1] = encoding.to_grid(steps)
        rows = np.where(self.onsets, np.arange(len(steps))[:, None], 0)
        self.began = np.maximum.accumulate(rows, axis=0)  # the row in which the last note began
        self.goes_on = (self.pitch >= 0) & ~self.onsets
        self.room = np.zeros((2, *steps.shape), np.int64)
        for voice in range(steps.shape[1]):
            begins = self.onsets[:, voice]
            self.room[:, begins, voice] = _room(self.pitch[begins, voice])

    def of_notes_in(self, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Bool[T, 4]: what must be free so that the notes that begin where `inside` (bool[T]) may change."""
        notes = (self.pitch >= 0) & inside[self.began]
        return notes & self.onsets if self.encoding.holds else notes

    def among(self, contour: bool) -> Among:
        """What a free value may be: a pitch where a note begins, the same one as long as it goes on."""
        first, holds = self.encoding.first_pitch, self.encoding.holds

        def allowed(heard: Sequence[tuple[int, ...]], chosen: Sequence[int]) -> NDArray[np.bool_]:
            at, voice = len(heard), len(chosen)
            offset = 0 if voice else OFFSET
            values = np.arange(self.encoding.fields[voice].size) - offset
            before = heard[at - 1][voice] - offset
            if self.goes_on[at, voice]:
                return np.asarray(values == before)
            open_values = np.asarray((values >= first) & (holds | (values != before)))
            if not contour:
                return open_values
            sinking, rising = self.room[:, at, voice]
            open_values &= (values >= first + sinking) & (values <= values[-1] - rising)
            earlier = self.began[at - 1, voice]
            if not earlier:
                return open_values
            last = heard[earlier][voice] - offset
            wanted = np.sign(self.pitch[at, voice] - self.pitch[earlier, voice])
            return np.asarray(open_values & (np.sign(values - last) == wanted))

        return allowed


def told_outline(outline: Outline, opening: Steps, sizes: Sequence[int]) -> Outline:
    """The same outline behind `opening` (int32[C + 1, K]: begin step and conditions) instead of its begin step.

    Of each field the first values are the outline's own, `sizes` in all; those of conditions follow and never vary.
    """
    ahead = len(opening) - 1
    free = np.concatenate([np.zeros_like(opening, np.bool_), outline.free[1:]])
    steps = np.concatenate([opening, outline.steps[1:]])
    inner = outline.among
    if inner is None:
        return Outline(steps, free)

    def among(heard: Sequence[tuple[int, ...]], chosen: Sequence[int]) -> NDArray[np.bool_] | None:
        own = inner(heard[ahead:], chosen)
        return None if own is None else np.pad(own, (0, sizes[len(chosen)] - len(own)))

    return Outline(steps, free, among)


def distance(first: Score, second: Score) -> float:
    """The share of the notes of the longer of two pieces that do not stand in the other, 0 to 1.

    Notes are the same that begin at the same time, in quarters, on the same pitch.
    """
    rows = []
    for score in (first, second):
        begin = np.rint(score.notes["onset"].astype(np.float64) / score.tpq * 960).astype(np.int64)
        rows.append(np.sort(begin * 128 + score.notes["pitch"]))
    values, counts = zip(*(np.unique(row, return_counts=True) for row in rows))
    _, mine, theirs = np.intersect1d(*values, return_indices=True)
    same = int(np.minimum(counts[0][mine], counts[1][theirs]).sum())
    return 1 - same / max(len(rows[0]), len(rows[1]), 1)
