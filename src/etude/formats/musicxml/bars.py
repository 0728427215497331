"""The bars of a Score as they are written: numbered, the pickup marked, split at a repeat or new key inside one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from etude.formats.musicxml.values import WHOLE, Frame
from etude.score import Score, bar_starts, pickup_ticks

BAR_MARKS = ("repeat_start", "repeat_end", "ending", "ending_end", "barline")


@dataclass(frozen=True)
class Bar:
    """Ticks [start, stop) between two written bar lines."""

    start: int
    stop: int
    number: str
    implicit: bool  # a pickup, or what follows a sign inside a bar: not counted
    frame: Frame


def written_bars(score: Score) -> list[Bar]:
    """The bars in order. The last one is short where it makes up for the pickup."""
    full = [int(tick) for tick in bar_starts(score)]
    pickup = pickup_ticks(score)
    inside = [mark.tick for mark in score.marks if mark.kind in BAR_MARKS] + score.keys["tick"].tolist()
    if pickup and score.end == full[-1] - pickup and score.end > full[-2]:
        full[-1] = score.end
    cuts = sorted({*full, *(tick for tick in inside if 0 < tick < full[-1])})
    numbers = {tick: index + (0 if pickup else 1) for index, tick in enumerate(full)}
    bars: list[Bar] = []
    for start, stop in pairwise(cuts):
        counted = start in numbers and not (start == 0 and pickup)
        number = str(numbers.get(start, f"X{start}"))
        bars.append(Bar(start, stop, number, not counted, frame_at(score, start, full, pickup)))
    return bars


def frame_at(score: Score, tick: int, full: list[int], pickup: int) -> Frame:
    """The metre at `tick`: a pickup is counted back from the bar line that ends it."""
    row = score.meters[score.meters["tick"] <= tick][-1]
    numerator, denominator = int(row["numerator"]), int(row["denominator"])
    compound = numerator % 3 == 0 and numerator > 3 and denominator >= 8
    beat = max(1, WHOLE * (3 if compound else 1) // denominator)
    if pickup and tick < pickup:
        anchor = pickup - 4 * score.tpq * numerator // denominator
    else:
        anchor = max(start for start in full if start <= tick)
    return Frame(anchor, beat, score.tpq)
