"""Scores come back from the store as they went in."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.data.store import ScoreStore, ScoreWriter
from etude.score import Mark, Metadata, Score, Track
from etude.testing.scores import any_scores


def full_score() -> Score:
    return Score.of(
        [(0, 480, 60, 80, 0), (480, 240, 36, 100, 1)],
        tempos=[(0, 600_000), (480, 400_000)],
        meters=[(0, 6, 8)],
        keys=[(0, -2, 1)],
        controls=[(0, 0, 64, 127)],
        marks=[Mark(0, "words", "Andante – “ü”"), Mark(960, "end")],
        tracks=[Track("Flöte", 73), Track("kit", 0, True)],
        tpq=480,
        meta=Metadata(title="A", composer="B", licence="C", extra=(("key", "value"),)),
    )


def test_scores_come_back_equal(tmp_path: Path) -> None:
    three = [full_score(), Score.of([]), Score.of([(7, 3, 60, 1, 0)], tpq=96)]
    with ScoreWriter(tmp_path) as writer:
        assert [writer.add(score) for score in three] == [0, 1, 2]
    store = ScoreStore(tmp_path)
    assert len(store) == 3
    assert [store.score(i) for i in (2, 0, 1)] == [three[2], three[0], three[1]]
    assert not store.score(0).notes.flags.writeable
    assert not list(tmp_path.glob("*.raw"))


def test_no_array_of_the_store_needs_pickle(tmp_path: Path) -> None:
    with ScoreWriter(tmp_path) as writer:
        writer.add(full_score())
    for path in tmp_path.glob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype.hasobject is False


def test_a_store_without_scores_opens(tmp_path: Path) -> None:
    with ScoreWriter(tmp_path):
        pass
    assert len(ScoreStore(tmp_path)) == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(any_scores(), max_size=3))
def test_any_scores_come_back_equal(some: list[Score]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with ScoreWriter(Path(folder)) as writer:
            for score in some:
                writer.add(score)
        store = ScoreStore(Path(folder))
        assert [store.score(i) for i in range(len(store))] == some
