"""Examples: what is bad is marked where it is, in passages too, and lengths tell nothing."""

from __future__ import annotations

import numpy as np

from etude.evaluation.corruptions import DAMAGES
from etude.lab.critic.examples import JOINT, Lessons, _in_steps
from etude.lab.critic.hearing import Ears
from etude.lab.critic.pool import Bad, Pool
from etude.score import Mark, Score
from etude.testing.scores import random_score


def pieces(count: int = 12, notes: int = 90) -> list[Score]:
    return [random_score(seed, notes=notes + 10 * seed, tracks=1, grid=240) for seed in range(count)]


def pool(composed: bool = False) -> Pool:
    scores = pieces()
    made = {"a model": pieces(4, 40)} if composed else {}
    return Pool([f"piece {number}" for number in range(len(scores))], scores, scores, made)


def test_bad_music_stands_beside_its_piece_and_says_where_it_is_bad() -> None:
    found = Lessons(pool(), Ears(longest=60), per_epoch=40)(0)
    assert found.labels.sum() == 40
    assert len(found.segments) == len(found.wrong) == 80
    for segment, label, wrong in zip(found.segments, found.labels, found.wrong):
        assert wrong is not None
        assert len(wrong) == len(segment) <= 62
        assert wrong.any() != label
    lengths = [len(segment) for segment in found.segments]
    assert lengths[:40] == lengths[40:], "pieces too long to be heard whole come in passages of equal length"


def test_nobody_knows_where_the_music_of_a_model_is_bad() -> None:
    found = Lessons(pool(composed=True), Ears(longest=60), per_epoch=60)(0)
    unknown = [wrong is None for wrong in found.wrong]
    assert not any(unknown[:60])
    assert 0.1 < np.mean(unknown[60:]) < 0.5


def test_an_epoch_is_the_same_again_and_the_next_one_is_not() -> None:
    lessons = Lessons(pool(), Ears(longest=60), per_epoch=10)
    first, again, other = lessons(0), lessons(0), lessons(1)
    assert all(np.array_equal(one, two) for one, two in zip(first.segments, again.segments))
    assert not all(np.array_equal(one, two) for one, two in zip(first.segments, other.segments))


def test_all_kinds_of_damage_are_taught() -> None:
    side, random = pool(), np.random.default_rng(0)
    found: list[Bad] = [side.bad(side.scores[number % 12], random) for number in range(200)]
    kinds = {bad.kind for bad in found}
    assert kinds >= set(DAMAGES) - {"swapped voices"}
    assert all(len(bad.score) >= 4 for bad in found)


def test_what_is_wrong_in_a_repeated_half_is_wrong_both_times() -> None:
    score = Score.of([(240 * i, 240, 60 + i % 7, 80, 0) for i in range(32)])
    score = score.replace(marks=[Mark(0, "repeat_start"), Mark(3840, "repeat_end")])
    touched = np.arange(32) == 5
    found = _in_steps(Bad(score, touched, "wrong notes in key"))
    assert found is not None
    assert np.flatnonzero(found).tolist() == [1 + 5, 1 + 16 + 5]
    halves = _in_steps(Bad(score, np.arange(32) >= 16, "transposed half"))
    assert halves is not None
    assert np.flatnonzero(halves).tolist() == [1 + at for at in range(32 - JOINT, 32 + JOINT)]
