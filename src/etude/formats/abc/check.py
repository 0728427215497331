"""Which bars of a written tune do not fit their meter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from etude.formats.abc.bars import bar_lines
from etude.score import Score, bar_ticks

_DOUBLE = ("||", "|]", "[|")


@dataclass(frozen=True)
class BarError:
    """One bar that does not fit: its number (first bar or pickup: 1), its start, its length and the right one.

    All times in ticks. `problem` is "short" or "long" for a bar inside a part, "join" for one at the border of
    two parts whose other half is missing.
    """

    bar: int
    tick: int
    length: int
    expected: int
    problem: str


def bar_check(score: Score) -> list[BarError]:
    """The bars that do not fit, in order; an empty list means that every bar is valid.

    A bar may be short at the start or end of the piece and where parts meet (a repeat sign, a numbered ending, a
    double bar), if another bar completes it: the one on the other side of the border, or for the first bar of a
    part any last bar of a part and the other way round, as a repeat joins them. A piece without repeats may end
    in a full bar although it begins with a pickup.
    """
    joints = _joints(score) | {0, score.end}
    edges = [0, *bar_lines(score).tolist(), score.end]
    bars = [(start, stop - start, bar_ticks(score, start)) for start, stop in pairwise(edges) if stop > start]
    first = [length for start, length, _ in bars if start in joints]
    last = [length for start, length, _ in bars if start + length in joints]
    repeats = any(mark.kind == "repeat_end" for mark in score.marks)
    errors = []
    for number, (start, length, expected) in enumerate(bars, 1):
        stop, missing = start + length, expected - length
        problem = ""
        if missing < 0:
            problem = "long"
        elif missing and start not in joints and stop not in joints:
            problem = "short"
        elif missing:
            halves = (last if start in joints else []) + (first if stop in joints else [])
            is_free_pickup = start == 0 and not repeats
            problem = "" if missing in halves or is_free_pickup else "join"
        if problem:
            errors.append(BarError(number, start, length, expected, problem))
    return errors


def _joints(score: Score) -> set[int]:
    """The ticks where parts of the form meet."""
    kinds = ("repeat_start", "repeat_end", "ending", "ending_end")
    marks = score.marks
    return {m.tick for m in marks if m.kind in kinds or (m.kind == "barline" and m.text in _DOUBLE)}
