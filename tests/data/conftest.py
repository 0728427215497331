"""Tunes made in code, and a cache folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from etude.data.build import Settings, Tune, build_collection
from etude.data.collection import Collection
from etude.data.sources import Source
from etude.formats.base import Reading
from etude.score import Metadata, Score


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("ETUDE_CACHE", str(folder))
    return folder


def melody(seed: int, notes: int = 60, *, shift: int = 0, tpq: int = 480, title: str = "") -> Score:
    """A random walk on the white keys in quarters, eighths and sixteenths."""
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.integers(-3, 4, notes)) % 15
    pitches = np.array([60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84])[steps] + shift
    lengths = random.choice([tpq // 4, tpq // 2, tpq], notes)
    onsets = np.cumsum(lengths) - lengths
    rows = [(int(o), int(d), int(p), 80, 0) for o, d, p in zip(onsets, lengths, pitches)]
    return Score.of(rows, tpq=tpq, meta=Metadata(title=title or f"tune {seed}"))


def collection(folder: Path, scores: Iterable[Score | Tune], official: str = "", tracks: str = "all") -> Collection:
    tunes = [
        one if isinstance(one, Tune) else Tune("book.abc", Reading(one), "0" * 64, number=number)
        for number, one in enumerate(scores, 1)
    ]
    build_collection(
        tunes, folder, Settings("test", Source("test", "made in code", "free", True), tracks, official=official)
    )
    return Collection.open(folder)
