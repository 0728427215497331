"""Score: what it promises of order, defaults, ranges and time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etude.score import NOTE, Mark, Score, Track, bar_starts, bar_ticks, notes_from, pickup_ticks


def test_a_note_takes_twelve_bytes() -> None:
    assert NOTE.itemsize == 12


def test_notes_are_sorted_and_defaults_filled_in() -> None:
    score = Score.of([(480, 10, 60, 80, 0), (0, 10, 64, 80, 1), (0, 10, 60, 80, 0)])
    assert [tuple(note)[:3] for note in score.notes] == [(0, 10, 60), (0, 10, 64), (480, 10, 60)]
    assert tuple(score.tempos[0]) == (0, 500_000)
    assert tuple(score.meters[0]) == (0, 4, 4)
    assert len(score.tracks) == 2


def test_a_score_cannot_be_changed() -> None:
    score = Score.of([(0, 10, 60, 80, 0)])
    with pytest.raises(ValueError, match="read-only"):
        score.notes["pitch"] = 61
    with pytest.raises(AttributeError):
        score.tpq = 96  # type: ignore[misc]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ((-1, 10, 60, 80, 0), "onsets"),
        ((0, -1, 60, 80, 0), "durations"),
        ((0, 10, 128, 80, 0), "pitches"),
        ((0, 10, 60, 0, 0), "velocities"),
        ((2**31 - 2, 10, 60, 80, 0), "31 bits"),
    ],
)
def test_values_outside_their_range_are_named(row: tuple[int, ...], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Score.of([row])


def test_seconds_follow_the_tempo_map() -> None:
    score = Score.of([(0, 1920, 60, 80, 0)], tempos=[(0, 500_000), (960, 1_000_000)])
    assert score.seconds([0, 480, 960, 1440, 1920]).tolist() == [0.0, 0.5, 1.0, 2.0, 3.0]
    assert score.duration == 3.0


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 2_000_000)), max_size=8),
    st.lists(st.integers(0, 50_000), min_size=1, max_size=20),
)
def test_ticks_and_seconds_are_inverse(tempos: list[tuple[int, int]], ticks: list[int]) -> None:
    score = Score.of([], tempos=tempos)
    assert np.allclose(score.ticks(score.seconds(ticks)), ticks, atol=1e-5)


def test_the_last_tempo_of_a_tick_holds() -> None:
    assert Score.of([], tempos=[(0, 100), (0, 200)]).tempos["microseconds"].tolist() == [200]


def test_bars_follow_meter_and_pickup() -> None:
    score = Score.of(
        [(0, 240, 60, 80, 0), (3000, 1000, 62, 80, 0)],
        meters=[(0, 3, 4), (240 + 1440, 2, 4)],
        marks=[Mark(0, "pickup", "240")],
    )
    assert pickup_ticks(score) == 240
    assert bar_ticks(score, 0) == 1440
    assert bar_starts(score).tolist() == [0, 240, 1680, 2640, 3600, 4560]


def test_an_empty_score_has_one_bar() -> None:
    assert bar_starts(Score.of([])).tolist() == [0, 1920]


def test_the_end_mark_outlasts_the_notes() -> None:
    assert Score.of([(0, 10, 60, 80, 0)], marks=[Mark(960, "end")]).end == 960


def test_equality_is_by_value() -> None:
    one, two = (Score.of([(0, 10, 60, 80, 0)], tracks=[Track("a")]) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != one.replace(tpq=96)


def test_notes_from_columns() -> None:
    notes = notes_from({"onset": [0, 1], "duration": [1, 1], "pitch": [60, 61]})
    assert notes["velocity"].tolist() == [80, 80]
