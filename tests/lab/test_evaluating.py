"""On which music a model is judged, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etude.encodings import build
from etude.errors import BadInput, UsageError
from etude.lab import train
from etude.lab.comparing import compare
from etude.lab.evaluating import data_of
from etude.lab.loading import Loaded
from etude.lab.recipe import load_recipe
from etude.lab.run import Run
from etude.sampling import Sampling


def loaded(run: Run | None, metadata: dict[str, Any]) -> Loaded:
    """A model of which only its origin matters."""
    return Loaded("x", "", None, build("notes"), Sampling(), metadata, run)


@pytest.fixture
def drums(tmp_path: Path) -> Run:
    """A run of the recipe `drums` with another split, learning from few pieces."""
    settings = ["data.split=by-work:0.8", "data.seed=3", "data.pieces=7", f"data.collection={tmp_path / 'mine'}"]
    return Run.create(tmp_path / "run", load_recipe("drums", settings).mapping())


def test_a_model_is_judged_on_its_own_collection(drums: Run, tmp_path: Path) -> None:
    own = data_of(loaded(drums, {}), None)
    assert own.tracks == "drums"
    assert own.pieces == 7
    assert data_of(loaded(drums, {}), str(tmp_path / "mine")) == own, "named or not"


def test_other_music_is_read_with_the_tracks_and_the_split_of_the_recipe(drums: Run) -> None:
    other = data_of(loaded(drums, {}), "folk")
    assert (other.collection, other.tracks, other.split, other.seed) == ("folk", "drums", "by-work:0.8", 3)
    assert other.pieces == 0, "how much was learned of another collection says nothing here"


def test_an_exported_model_carries_its_tracks_and_split() -> None:
    metadata = {"data": {"tracks": "melody", "split": "in-order:0.9", "seed": 1}}
    found = data_of(loaded(None, metadata), "folk")
    assert (found.collection, found.tracks, found.split, found.seed) == ("folk", "melody", "in-order:0.9", 1)
    assert data_of(loaded(None, {}), "folk").tracks == "all", "exported before it was kept"
    with pytest.raises(UsageError, match="--data"):
        data_of(loaded(None, metadata), None)


def test_models_of_unlike_encodings_are_priced_on_the_same_pieces(run: Run, book: Path, tmp_path: Path) -> None:
    counted = train(
        recipe="ngram",
        data=book,
        out=tmp_path / "counted",
        settings=("encoding.name=notes", "encoding.time=scored", "encoding.velocities=1"),
    ).run
    found = compare([run.folder, counted.folder])
    ours, theirs = found.rows
    assert (ours.encoding, theirs.encoding) == ("abc", "notes")
    assert ours.found.source_notes == theirs.found.source_notes > 0
    assert ours.found.seconds == pytest.approx(theirs.found.seconds)
    assert ours.kept == theirs.kept == 1
    assert ours.difference is None
    assert theirs.difference is not None
    gap = theirs.found.bits_per_source_note - ours.found.bits_per_source_note
    assert theirs.difference.value == pytest.approx(gap)
    assert theirs.floor is not None
    assert theirs.floor.bits_per_note == pytest.approx(theirs.found.bits_per_note), "it is its own floor"
    assert not found.left_out
    with pytest.raises(UsageError, match="Windows"):
        compare([run.folder, counted.folder], protocol="windows:16")


def test_what_a_model_has_learned_is_not_compared_on(run: Run, book: Path, tmp_path: Path) -> None:
    other = train(recipe="ngram", data=book, out=tmp_path / "other", settings=("data.split=by-work:0.5",)).run
    learned = set(other.read_json("split.json")["pieces"]["train"])
    held_out = set(run.read_json("split.json")["pieces"]["valid"])
    if held_out <= learned:
        with pytest.raises(BadInput, match="has learned it"):
            compare([run.folder, other.folder], baselines=False)
        return
    found = compare([run.folder, other.folder], baselines=False)
    assert set(found.left_out) == held_out & learned
    assert found.pieces == len(held_out - learned)
