"""A critic of whole pieces: it hears what matters and nothing else, and learns what it is taught."""

from __future__ import annotations

import numpy as np
import pytest

from etude.lab.critic import KINDS, MODEL, RANDOM, Listener, Passages, School, train_judge
from etude.score import Score
from etude.testing.scores import random_score

LISTENER = Listener(notes=32)


def scales(seed: int, notes: int = 128) -> Score:
    """Notes that go up and down a major scale, evenly in time."""
    random = np.random.default_rng(seed)
    line = np.abs((np.arange(notes) + random.integers(0, 14)) % 28 - 14)
    pitches = 48 + seed % 12 + np.array([0, 2, 4, 5, 7, 9, 11])[line % 7] + 12 * (line // 7)
    return Score.of([(240 * i, 240, int(pitch), 60 + i % 5, 0) for i, pitch in enumerate(pitches)])


def passages(*seeds: int) -> Passages:
    return Passages.of(((f"scale {seed}", scales(seed)) for seed in seeds), LISTENER)


def test_rounding_cannot_be_heard() -> None:
    score = random_score(5, notes=64, tracks=1, tpq=480, grid=7)
    rounded = LISTENER.ears.heard(score)
    assert not np.array_equal(rounded.notes["velocity"], score.notes["velocity"])
    np.testing.assert_array_equal(LISTENER.steps(score), LISTENER.steps(rounded))


def test_passages_know_their_piece_and_are_chosen_by_the_seed() -> None:
    pieces = [(f"piece {number}", scales(number)) for number in range(4)]
    found = Passages.of(pieces, LISTENER, each=2, seed=1)
    assert list(found.pieces) == [name for name, _ in pieces for _ in range(2)]
    again, other = (Passages.of(pieces, LISTENER, each=2, seed=seed) for seed in (1, 2))
    assert found.scores == again.scores
    assert found.scores != other.scores


def test_every_kind_can_be_made_of_every_passage() -> None:
    from etude.evaluation.corruptions import PitchTable

    real = passages(0, 1)
    for kind in KINDS:
        wrong = real.corrupted([kind], PitchTable.of(real.scores), np.random.default_rng(0))
        assert len(wrong) == len(real)
        assert all(len(LISTENER.steps(score)) for score in wrong)


def test_it_learns_to_tell_scales_from_the_same_notes_gone_wrong() -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.models.critic import CriticConfig
    from etude.training.critic import CriticTraining

    kinds = (RANDOM, "shuffled seconds", "pitches by bigram")
    composed = passages(30, 31), passages(32)  # a "model" that writes scales: nothing tells it from the real thing
    school = School(passages(*range(12)), passages(12, 13), kinds, per_epoch=48)
    training = CriticTraining(epochs=6, rows=16, learning_rate=5e-3)
    judge = train_judge(school, LISTENER, CriticConfig(width=24, layers=2, lags=2, dropout=0.0), training)
    found = judge.judgements(passages(14, 15, 16), kinds=kinds, composed=composed[0])
    assert found[RANDOM].area.value > 0.95
    assert found["pitches by bigram"].area.value > 0.8
    assert 0.2 < found[MODEL].area.value < 0.8
    real, wrong = judge.pieces([scales(17)])[0], judge.pieces([random_score(3, notes=128, tracks=1)])[0]
    assert real > 0.5 > wrong
    assert judge.pieces([scales(17, notes=4)])[0] == 0, "too short to be judged"
