"""How many bars there are: those a musician counts."""

from __future__ import annotations

import pytest

from etude.score import Mark, Score, count_bars

BAR = 1440  # ticks of 3/4


def tune(end: int, pickup: int) -> Score:
    marks = [Mark(0, "pickup", str(pickup))] if pickup else []
    return Score.of([(0, end, 60, 80, 0)], meters=[(0, 3, 4)], marks=marks)


@pytest.mark.parametrize(
    ("end", "pickup", "bars"),
    [(8 * BAR, 0, 8), (8 * BAR - 700, 0, 8), (8 * BAR, 150, 8), (8 * BAR + 150, 150, 8), (BAR, 0, 1)],
    ids=["full", "rests at the end", "upbeat and a short last bar", "upbeat and a full last bar", "one"],
)
def test_an_upbeat_is_no_bar(end: int, pickup: int, bars: int) -> None:
    assert count_bars(tune(end, pickup)) == bars
