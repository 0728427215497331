"""The critic: what it looks at, what it learns, and what it keeps."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from etude.evaluation.judging import area_under_curve  # noqa: E402
from etude.models.critic import Critic, CriticConfig  # noqa: E402
from etude.training.critic import CriticTraining, Examples, chances, fit_critic  # noqa: E402

SIZES = (24, 6)
SMALL = CriticConfig(width=24, layers=2, lags=2, dropout=0.0)


def examples(seed: int, count: int = 120) -> Examples:
    """Melodies that go up by two, or by chance with the same values: only the order tells."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2 == 0
    segments = []
    for real in labels:
        length = int(random.integers(12, 24))
        values = (random.integers(0, 12) + 2 * np.arange(length)) % 24
        values = values if real else random.permutation(values)
        segments.append(np.stack([values, random.integers(0, 6, length)], axis=1).astype(np.int32))
    return Examples(segments, labels)


def critic() -> Critic:
    torch.manual_seed(0)
    return Critic(SMALL, SIZES)


def test_it_learns_what_counts_cannot_tell() -> None:
    judge, held_out = critic(), examples(10**6)
    config = CriticTraining(epochs=8, rows=20, learning_rate=5e-3)
    course = fit_critic(judge, examples, held_out, area_under_curve, config)
    assert area_under_curve(chances(judge, held_out.segments), held_out.labels) > 0.95
    assert course.figures[course.best] == max(course.figures)


def test_the_best_weights_stay() -> None:
    judge, held_out = critic(), examples(10**6)
    config = CriticTraining(epochs=3, rows=20, learning_rate=5e-3)
    course = fit_critic(judge, examples, held_out, area_under_curve, config)
    assert area_under_curve(chances(judge, held_out.segments), held_out.labels) == course.figures[course.best]


def test_it_stops_when_nothing_gets_better() -> None:
    course = fit_critic(
        critic(), examples, examples(10**6, 20), lambda *_: 0.5, CriticTraining(epochs=9, patience=2)
    )
    assert len(course.figures) == 3


def test_rows_do_not_see_each_other_nor_what_fills_them() -> None:
    judge, segments = critic(), examples(3).segments
    together = chances(judge, segments)
    alone = [chances(judge, [segment])[0] for segment in segments]
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("length", [0, 1, 2])
def test_very_short_segments_are_judged(length: int) -> None:
    found = chances(critic(), [np.zeros((length, 2), np.int32)])
    assert 0 < found[0] < 1
