"""What is said of a piece: its bars are those a musician counts."""

from __future__ import annotations

import pytest

from etude.lab.composing import Piece
from etude.score import Mark, Score

BAR = 1440  # ticks of 3/4


def piece(start: int, end: int, pickup: int) -> Piece:
    marks = [Mark(0, "pickup", str(pickup))] if pickup else []
    score = Score.of([(start, end - start, 60, 80, 0)], meters=[(0, 3, 4)], marks=marks)
    return Piece(score, [], seed=0, index=0, temperature=1.0, prompt_end=0, log_likelihood=0.0, ended=True)


@pytest.mark.parametrize(
    ("end", "pickup", "bars"),
    [(8 * BAR, 0, 8), (8 * BAR - 700, 0, 8), (8 * BAR, 150, 8), (8 * BAR + 150, 150, 8), (BAR, 0, 1)],
    ids=["full", "rests at the end", "upbeat and a short last bar", "upbeat and a full last bar", "one"],
)
def test_an_upbeat_is_no_bar(end: int, pickup: int, bars: int) -> None:
    assert piece(0, end, pickup).bars == bars
