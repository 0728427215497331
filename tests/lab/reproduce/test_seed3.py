"""Seed 3 in miniature: the course's stream and its figures, and the whole reproduction on made-up pieces."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from etude.encodings.performance import Performance
from etude.formats import write
from etude.lab.reproduce.seed3.composers import Chain
from etude.lab.reproduce.seed3.course import (
    LENGTH,
    START,
    Task,
    course_events,
    course_segments,
    entropies,
    random_pieces,
)
from etude.score import Score
from etude.testing.scores import random_score


def test_the_course_writes_a_velocity_a_note_and_leaves_hundredths_over() -> None:
    score = Score.of([(0, 480, 60, 80, 0), (960, 480, 62, 81, 0)])  # half a second each, at 0 and 1 s
    events = course_events(score).tolist()
    velocity = 356 + 16
    half, left_over = 256 + 49, 256
    assert [one for one in events if one != left_over] == [velocity, 60, half, 188, half, velocity, 62, half, 190]
    assert 1 <= events.count(left_over) <= 3


def test_a_random_piece_of_the_course_is_as_long_as_its_own() -> None:
    segments = course_segments(course_events(random_pieces(1, 40_000, 0)[0]))
    assert len(segments) == pytest.approx(3309, abs=15)  # the original's count


def test_segments_overlap_by_half_and_the_first_has_the_mark() -> None:
    events = np.arange(400, dtype=np.int32) % 382
    segments = course_segments(events)
    assert segments.shape[1] == LENGTH
    assert segments[0, 0] == START
    np.testing.assert_array_equal(segments[0, 1:], events[:150])
    np.testing.assert_array_equal(segments[1], events[75:226])
    assert len(course_segments(events[:150])) == 0


def test_the_original_split_has_the_same_pieces_on_all_sides() -> None:
    task = Task.of([random_score(number, notes=150, tracks=1) for number in range(3)], random_pieces(1, 300, 0))
    train, valid, test = task.divided(0)
    assert len(train.labels) + len(valid.labels) + len(test.labels) == len(task.labels)
    assert set(test.pieces) <= set(train.pieces)


def test_entropies_are_those_of_a_table_on_its_own_music() -> None:
    assert entropies([np.array([0, 1] * 50, np.int32)]) == pytest.approx((math.log(2), 0), abs=1e-3)


def test_a_chain_of_pairs_learns_what_follows_what() -> None:
    piece = np.array([0, 2, 3, 2, 3, 2, 3, 2, 3, 1] * 40, np.int32)[:, None]
    single, pairs = (Chain.fit([piece], 5, order).nats(piece).mean() for order in (1, 2))
    assert pairs < single / 2


def test_the_whole_reproduction_in_miniature(cache: None, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab.reproduce.base import Report
    from etude.lab.reproduce.bench import Bench
    from etude.lab.reproduce.running import train_arms
    from etude.lab.reproduce.seed3 import HEARD, MINIATURE, UNHEARD, ComposerCritic

    torch.set_num_threads(1)
    music = tmp_path / "music"
    music.mkdir()
    for number in range(16):
        write(random_score(number, notes=120, tracks=1), music / f"{number}.mid")
    small = ("model.width=32", "model.layers=1", "model.heads=2", "training.rows=4", "training.length=32")
    steps = ("training.minutes=none", "training.steps=6", "training.eval_every=3", "data.valid_pieces=1")
    seed = ComposerCritic(MINIATURE, (20, 100), 0.0, settings=(*small, *steps), formats=("mid",))
    bench = Bench(
        tmp_path / "out", {"maestro-v2-notes": music}, {arm.name: arm for arm in seed.arms()}, factor=1e-3
    )
    train_arms(bench, list(bench.arms.values()), jobs=1)
    report = seed.report(bench)
    assert isinstance(report, Report)
    assert set(report.figures["composers"]) >= {"single events", "pairs of events", *seed.stages}
    assert set(report.figures["critics"]) == {UNHEARD, HEARD}
    means = report.figures["stages"][UNHEARD]["means"]
    assert set(means) == {"random notes", "untrained", "real", *seed.stages}
    assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in means.values())
    assert report.figures["original"]["majority"] >= 0.5
    assert report.figures["task"]["always real"]["balanced"]["value"] == 0.5
    assert all(path.is_file() for path, _ in report.files)
    assert "with training" in report.sentences[-1]


def test_course_and_performance_hear_the_same_keys() -> None:
    score = random_score(1, notes=80, tracks=1)
    course = np.bincount(course_events(score), minlength=382)[:128]
    ours = np.bincount(Performance().encode(score)[:, 0], minlength=384)[2:130]
    assert np.abs(course - ours).sum() <= 2  # equal notes at once are one of ours
