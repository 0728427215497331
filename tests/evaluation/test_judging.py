"""Judging: figures of a judge, trivial judges, and music made wrong."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import build
from etude.errors import UsageError
from etude.evaluation.corruptions import CORRUPTIONS, Means, PitchTable, passages, random_piano
from etude.evaluation.judging import (
    area_under_curve,
    balanced_accuracy,
    calibration_error,
    difference_of,
    judged,
    majority_share,
    mean_of,
)
from etude.evaluation.rules import NaiveBayes, on_a_piano
from etude.score import Score
from etude.testing.scores import random_score

CHANCES = np.array([0.9, 0.8, 0.4, 0.4, 0.1])
LABELS = np.array([True, True, True, False, False])


def test_area_counts_pairs_in_the_right_order_and_ties_half() -> None:
    pairs = [
        (real > other) + 0.5 * (real == other)
        for real in CHANCES[LABELS].tolist()
        for other in CHANCES[~LABELS].tolist()
    ]
    assert area_under_curve(CHANCES, LABELS) == pytest.approx(np.mean(pairs))
    assert area_under_curve(np.full(5, 0.3), LABELS) == 0.5


def test_who_always_says_the_same_is_half_right_in_balance_and_scores_the_majority_share() -> None:
    always = np.ones(5)
    found = judged(always, LABELS, list("aabbc"))
    assert balanced_accuracy(always, LABELS) == 0.5
    assert found.accuracy == found.majority == majority_share(LABELS) == 0.6


def test_calibration_is_the_gap_between_chance_and_share() -> None:
    assert calibration_error(np.array([0.75] * 4), np.array([True, True, True, False])) == pytest.approx(0)
    assert calibration_error(np.array([0.95, 0.05]), np.array([False, True])) == pytest.approx(0.95)


def test_intervals_are_wider_when_segments_hang_together() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2 == 0
    good_or_bad = np.repeat(random.normal(0, 1, 20), 20)  # how well each piece is judged
    chances = 1 / (1 + np.exp(-(np.where(labels, 1, -1) * good_or_bad + random.normal(0, 1, 400))))
    alone = judged(chances, labels, [str(number) for number in range(400)]).area
    together = judged(chances, labels, [str(number // 20) for number in range(400)]).area
    assert alone.value == together.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_means_and_differences_hold_the_truth_in_their_intervals() -> None:
    random = np.random.default_rng(1)
    low, high = random.normal(0.3, 0.1, 50), random.normal(0.6, 0.1, 50)
    assert mean_of(low).low < 0.3 < mean_of(low).high
    gap = difference_of(low, high)
    assert gap.low > 0
    assert gap.low < 0.3 < gap.high


def test_naive_bayes_knows_what_occurs_and_not_in_which_order() -> None:
    random = np.random.default_rng(2)
    low = [random.integers(0, 6, (30, 1)).astype(np.int32) for _ in range(40)]
    high = [random.integers(4, 10, (30, 1)).astype(np.int32) for _ in range(40)]
    judge = NaiveBayes.fit(low[:20] + high[:20], [True] * 20 + [False] * 20, [10])
    assert (judge.chances(low[20:]) > 0.5).all()
    assert (judge.chances(high[20:]) < 0.5).all()
    turned = [segment[::-1] for segment in low]
    np.testing.assert_allclose(judge.chances(turned), judge.chances(low))


def test_the_rule_of_the_keyboard() -> None:
    assert on_a_piano([21, 60, 108])
    assert not on_a_piano([20, 60])
    assert not on_a_piano([60, 109])


def wandering(seed: int) -> Score:
    """A hundred notes that wander by small steps, so that what follows what says something."""
    random = np.random.default_rng(seed)
    pitches = np.clip(64 + np.cumsum(random.integers(-2, 3, 100)), 40, 90)
    onsets = np.cumsum(random.integers(60, 300, 100))
    return Score.of([(int(onset), 200, int(pitch), 70, 0) for onset, pitch in zip(onsets, pitches)])


def means(seed: int = 0) -> Means:
    table = PitchTable.of([wandering(number) for number in range(30)])
    return Means(np.random.default_rng(seed), wandering(99), table)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_changes_the_music_and_can_be_encoded(kind: str) -> None:
    score = passages(wandering(1), 100)[0]
    wrong = CORRUPTIONS[kind](score, means())
    assert wrong.notes["onset"].min() == 0
    assert not np.array_equal(wrong.notes[["onset", "pitch"]], score.notes[["onset", "pitch"]])
    assert CORRUPTIONS[kind](score, means()) == wrong, "the same chance gives the same music"
    assert build("performance").encode(wrong).shape[0] > 200


def test_what_a_corruption_keeps() -> None:
    score = passages(wandering(1), 100)[0]
    made = {kind: CORRUPTIONS[kind](score, means()) for kind in CORRUPTIONS}
    for kind in ("pitches by unigram", "pitches by bigram", "one hand a semitone off"):
        np.testing.assert_array_equal(made[kind].notes["onset"], score.notes["onset"], err_msg=kind)
    for kind in ("shuffled seconds", "onsets jittered", "intervals swapped", "reversed in time"):
        np.testing.assert_array_equal(
            np.sort(made[kind].notes["pitch"]), np.sort(score.notes["pitch"]), err_msg=kind
        )
    np.testing.assert_array_equal(made["reversed in time"].notes["pitch"], score.notes["pitch"][::-1])
    gaps = [np.sort(np.diff(one.notes["onset"])) for one in (made["intervals swapped"], score)]
    np.testing.assert_array_equal(*gaps)


def test_pitches_by_bigram_follow_each_other_as_real_ones_do() -> None:
    score = wandering(1)
    leaps = {
        kind: np.abs(np.diff(CORRUPTIONS[kind](score, means()).notes["pitch"].astype(int))).mean()
        for kind in ("pitches by unigram", "pitches by bigram")
    }
    assert leaps["pitches by bigram"] < 2.5
    assert leaps["pitches by unigram"] > 5


def test_a_pitch_table_needs_notes() -> None:
    with pytest.raises(UsageError):
        PitchTable.of([])


def test_passages_tile_the_piece() -> None:
    score = random_score(3, notes=100, tracks=1)
    assert [len(part) for part in passages(score, 30)] == [30, 30, 30]
    assert [len(part) for part in passages(score, 30, shortest=10)] == [30, 30, 30, 10]
    first = passages(score, 30)[1]
    np.testing.assert_array_equal(np.diff(first.notes["onset"]), np.diff(score.notes["onset"][30:60]))


def test_random_piano_has_the_figures_of_the_course() -> None:
    score = random_piano(4000, np.random.default_rng(0))
    seconds = score.seconds(score.notes["onset"])
    assert np.diff(seconds).mean() == pytest.approx(0.312, abs=0.01)  # of |N(0.3, 0.2)|
    assert score.notes["velocity"].min() == 10
    assert score.notes["velocity"].max() == 79
    assert not on_a_piano(score.notes["pitch"])
