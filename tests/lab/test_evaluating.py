"""On which music a model is judged, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etude.encodings import build
from etude.errors import UsageError
from etude.lab.evaluating import data_of
from etude.lab.loading import Loaded
from etude.lab.recipe import load_recipe
from etude.lab.run import Run
from etude.sampling import Sampling


def loaded(run: Run | None, metadata: dict[str, Any]) -> Loaded:
    """A model of which only its origin matters."""
    return Loaded("x", "", None, build("notes"), Sampling(), metadata, run)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of the recipe `drums` with another split, learning from few pieces."""
    settings = ["data.split=by-work:0.8", "data.seed=3", "data.pieces=7", f"data.collection={tmp_path / 'mine'}"]
    return Run.create(tmp_path / "run", load_recipe("drums", settings).mapping())


def test_a_model_is_judged_on_its_own_collection(run: Run, tmp_path: Path) -> None:
    own = data_of(loaded(run, {}), None)
    assert own.tracks == "drums"
    assert own.pieces == 7
    assert data_of(loaded(run, {}), str(tmp_path / "mine")) == own, "named or not"


def test_other_music_is_read_with_the_tracks_and_the_split_of_the_recipe(run: Run) -> None:
    other = data_of(loaded(run, {}), "folk")
    assert (other.collection, other.tracks, other.split, other.seed) == ("folk", "drums", "by-work:0.8", 3)
    assert other.pieces == 0, "how much was learned of another collection says nothing here"


def test_an_exported_model_carries_its_tracks_and_split() -> None:
    metadata = {"data": {"tracks": "melody", "split": "in-order:0.9", "seed": 1}}
    found = data_of(loaded(None, metadata), "folk")
    assert (found.collection, found.tracks, found.split, found.seed) == ("folk", "melody", "in-order:0.9", 1)
    assert data_of(loaded(None, {}), "folk").tracks == "all", "exported before it was kept"
    with pytest.raises(UsageError, match="--data"):
        data_of(loaded(None, metadata), None)
