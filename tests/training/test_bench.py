"""The train bench runs, and both sides learn the same."""

from __future__ import annotations

import pytest

from etude.lab.bench import train


def test_both_sides_train_and_reach_the_same_loss() -> None:
    result = train.compare("tiny", 2, rounds=2)
    assert result.unit == "steps/s"
    assert result.ours > 0
    assert result.reference is not None
    words = result.notes[0].split()
    assert words[2] == "7"
    assert float(words[5].rstrip(",")) == pytest.approx(float(words[7]), abs=0.02)


def test_a_worker_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from etude.errors import EtudeError

    monkeypatch.setattr(train, "WORKER", "etude.lab.bench.no_such_worker")
    with pytest.raises(EtudeError, match="ended"):
        train.compare("tiny", 1, rounds=1)
