"""The best of several: the one a critic prefers, written so that it can be made again without the critic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from etude.lab.composing import Wish, compose, pieces
from etude.lab.critic import judge as judging
from etude.lab.critic.hearing import Ears
from etude.lab.critic.judge import PieceJudge
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.score import unfold


@dataclass(frozen=True)
class LikesLong:
    """Prefers what has more notes."""

    def logits(self, segments: list[np.ndarray]) -> np.ndarray:
        return np.array([float(len(segment)) / 100 for segment in segments])


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = PieceJudge(LikesLong(), Ears(longest=100_000))
    monkeypatch.setattr(judging, "load_judge", lambda folder: judge)


def test_the_best_is_kept_and_can_be_made_again(run: Run, judged: None, tmp_path: Path) -> None:
    every = compose(run.folder, count=6, seed=3, temperatures=(0.8, 1.1))
    best = compose(run.folder, count=2, best_of=3, seed=3, temperatures=(0.8, 1.1), out=tmp_path)
    lengths = [len(unfold(piece.score)) for piece in every]
    groups = [lengths[start : start + 3] for start in range(0, 12, 3)]
    assert [len(unfold(piece.score)) for piece in best] == [max(group) for group in groups]
    assert [piece.temperature for piece in best] == [0.8, 0.8, 1.1, 1.1]
    for piece, group in zip(best, groups):
        assert piece.answer()["critic"] == pytest.approx(1 / (1 + np.exp(-(max(group) + 2) / 100)))
        again = rerun(piece.paths[0])
        assert again.same, again.differences


def test_nobody_is_asked_unless_a_critic_is_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "load_judge", lambda folder: pytest.fail("a critic was loaded"))
    made = list(pieces(run.folder, Wish(count=1, seed=1), formats=("mid",)))
    assert made[0].critic is None
