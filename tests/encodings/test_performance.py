"""Performance: the order of its events, its time and its loudness, and what its mask forbids."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import BEGIN, END, decode
from etude.encodings.performance import FIRST_DOWN, FIRST_SHIFT, FIRST_UP, FIRST_VELOCITY, SIZE, Performance
from etude.score import Score
from etude.testing.scores import random_score

ROUNDED, TRUNCATED = Performance(), Performance(timing="truncated")
SECOND = 960  # ticks at 480 a quarter, 120 beats a minute


def score_of(*rows: tuple[int, int, int, int]) -> Score:
    """A score of (onset, duration, pitch, velocity)."""
    return Score.of([(*row, 0) for row in rows])


def down(pitch: int) -> int:
    return FIRST_DOWN + pitch


def up(pitch: int) -> int:
    return FIRST_UP + pitch


def wait(hundredths: int) -> int:
    return FIRST_SHIFT + hundredths - 1


def test_the_alphabet_is_that_of_the_course_behind_begin_and_end() -> None:
    assert SIZE - 2 == 382
    assert (FIRST_UP - 2, FIRST_SHIFT - 2, FIRST_VELOCITY - 2) == (128, 256, 356)


def test_events_come_in_one_order_with_a_velocity_only_where_it_changes() -> None:
    score = score_of((0, SECOND, 64, 80), (0, SECOND, 60, 81), (SECOND, SECOND // 2, 60, 20))
    loud, soft = FIRST_VELOCITY + 16, FIRST_VELOCITY + 4
    expected = [BEGIN, loud, down(60), down(64), wait(100), up(60), up(64), soft, down(60), wait(50), up(60), END]
    assert ROUNDED.encode(score)[:, 0].tolist() == expected


def test_a_long_wait_is_whole_seconds_and_a_rest() -> None:
    score = score_of((int(2.5 * SECOND), 2 * SECOND, 60, 80))
    waits = [value for value in ROUNDED.encode(score)[:, 0].tolist() if FIRST_SHIFT <= value < FIRST_VELOCITY]
    assert waits == [wait(100), wait(100), wait(50), wait(100), wait(100)]


def test_every_velocity_comes_back_within_its_bin() -> None:
    score = score_of(*((index * 480, 240, 60, index) for index in range(1, 128)))
    again = decode(ROUNDED, ROUNDED.encode(score))
    np.testing.assert_array_equal(again.notes["velocity"] // 5, np.arange(1, 128) // 5)


def test_rounded_time_does_not_drift_and_truncated_time_does() -> None:
    uneven = 19  # ticks: 19.8 ms
    score = score_of(*((index * uneven, uneven, 40 + index % 40, 80) for index in range(400)))
    played = score.notes["onset"][-1] / SECOND
    rounded, truncated = (decode(one, one.encode(score)).notes["onset"][-1] / 100 for one in (ROUNDED, TRUNCATED))
    assert abs(rounded - played) <= 0.005
    assert truncated == pytest.approx(399 * 0.01)


def test_what_lies_on_the_grid_is_the_same_with_either_timing() -> None:
    random = np.random.default_rng(3)
    onsets = np.cumsum(random.integers(0, 300, 200)) * 48  # multiples of 50 ms
    score = score_of(*((int(onset), 480, int(random.integers(30, 90)), 70) for onset in onsets))
    np.testing.assert_array_equal(ROUNDED.encode(score), TRUNCATED.encode(score))


def test_the_mask_admits_neither_idle_events_nor_a_second_order() -> None:
    reader = ROUNDED.reader()
    assert not reader.allowed()[down(60)], "no loudness is known yet"
    reader.feed([FIRST_VELOCITY + 10])
    assert np.flatnonzero(reader.allowed()).tolist() == list(range(FIRST_DOWN, FIRST_UP)), "a note must follow"
    reader.feed([down(60)])
    allowed = reader.allowed()
    assert not allowed[down(60)], "it sounds"
    assert not allowed[down(59)], "lower keys come first"
    assert allowed[down(61)]
    assert not allowed[up(60)], "no time has passed"
    assert not allowed[FIRST_VELOCITY + 10], "it is that loud already"
    assert not allowed[END], "a key is down"
    reader.feed([wait(5)])
    assert reader.allowed()[up(60)]
    assert not reader.allowed()[up(61)], "it is up"
    assert not reader.allowed()[wait(5)], "10 hundredths are one wait"
    reader.feed([up(60)])
    assert reader.allowed()[END]
    assert reader.allowed()[down(60)], "the key may be struck again at once"


def test_what_is_drawn_under_the_mask_is_what_an_encoder_writes() -> None:
    random = np.random.default_rng(5)
    reader, drawn = ROUNDED.reader(), [BEGIN]
    while not reader.done and len(drawn) < 600:
        drawn.append(int(random.choice(np.flatnonzero(reader.allowed()))))
        reader.feed([drawn[-1]])
    steps = np.array(drawn, np.int32)[:, None]
    last = int(np.flatnonzero((steps[:, 0] >= FIRST_DOWN) & (steps[:, 0] < FIRST_UP))[-1])
    np.testing.assert_array_equal(ROUNDED.encode(decode(ROUNDED, steps))[:last], steps[:last])


@pytest.mark.parametrize("encoding", [ROUNDED, TRUNCATED, Performance(part="skyline")])
def test_what_is_heard_is_what_comes_back(encoding: Performance) -> None:
    score = random_score(4, tracks=1)
    assert encoding.heard(score) == decode(encoding, encoding.encode(score), score.meta)
