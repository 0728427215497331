"""A gain is what choosing brings nearer to real music, in the measures' own spread."""

from __future__ import annotations

import numpy as np
import pytest

from etude.errors import UsageError
from etude.lab.critic.gain import _collection, _rows


def columns(middle: float, other: float, seed: int, count: int = 60) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    missing = np.where(random.random(count) < 0.9, np.nan, 1.0)
    return {"a": random.normal(middle, 1, count), "b": random.normal(other, 2, count), "seldom": missing}


def test_a_set_that_is_nearer_gains_its_distance() -> None:
    rows, (mean, low, high) = _rows(columns(0, 5, 0, 500), columns(2, 5, 1), columns(1, 5, 2))
    found = {name: figures for name, *figures in rows}
    assert set(found) == {"a", "b"}, "what most pieces do not have is left out"
    assert found["a"][4] == pytest.approx(1, abs=0.35)
    assert found["a"][5] > 0, "and no chance"
    assert found["b"][5] < 0 < found["b"][6], "b is as far as before"
    assert low < mean < high


def test_choosing_what_is_further_away_is_a_loss() -> None:
    rows, (mean, _, high) = _rows(columns(0, 0, 0, 500), columns(0.2, 0, 1), columns(3, 0, 2))
    assert mean < 0
    assert high < 0
    assert rows[0][0] == "a"


def test_real_music_is_what_the_critic_learned_on_or_what_is_named() -> None:
    assert _collection(None, "folk").name == "folk"
    assert _collection("folk", "my-tunes").name == "folk"
    with pytest.raises(UsageError, match=r"learned on 'my-tunes'.*--against"):
        _collection(None, "my-tunes")
