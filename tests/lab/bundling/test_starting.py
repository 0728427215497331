"""Training starts from a bundled model's full weights, and says what cannot be started from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput, UsageError
from etude.lab import load, train
from etude.lab.bundled import MODEL, Bundled
from etude.lab.launch import Order, prepare
from etude.lab.run import Run
from etude.lab.starting import start_of
from etude.lab.weights import best_weights
from etude.testing.scores import abc_tune

FEW = ("training.steps=1", "training.warmup=0", "training.learning_rate=1e-9", "training.threads=1")


@pytest.fixture
def own(here: Path) -> Path:
    """A person's own ten tunes."""
    (here / "own.abc").write_text("\n".join(abc_tune(number) for number in range(80, 90)))
    return here / "own.abc"


def test_a_tuned_model_begins_where_the_bundled_one_stands(own: Path, free: Run, cache: None) -> None:
    heard: list[str] = []
    watch = lambda event: heard.append(str(event.get("text", "")))  # noqa: E731
    settings = (*FEW, "data.floors=false")
    done = train(watch, start="tiny", data=own, out="tuned", settings=settings)
    assert any("starting from the weights of tiny" in text for text in heard)
    assert any("not at hand" in text for text in heard)  # what tiny learned from
    tuned, first = best_weights(done.run), best_weights(free)
    for name, array in first.items():
        assert np.allclose(tuned[name], array, atol=1e-5), name
    assert done.run.recipe()["start"] == "tiny"
    assert load("tuned").run is not None
    assert prepare(Order(start=Path("tuned"), data=str(own), out=Path("again"))).recipe()["start"].endswith("tuned")


def test_its_shape_is_kept_and_its_data_are_not(own: Path, free: Run) -> None:
    recipe = prepare(Order(start=Path("tiny"), data=str(own), out=Path("tuned"))).recipe()
    assert recipe["model"] == free.recipe()["model"]
    assert recipe["data"]["collection"] == str(own)
    assert recipe["data"]["transpose"] == free.recipe()["data"]["transpose"]
    assert recipe["training"]["minutes"] == 5.0


def test_what_cannot_be_started_from_is_named(own: Path, tiny: Bundled) -> None:
    with pytest.raises(UsageError, match="--data COLLECTION"):
        prepare(Order(start=Path("tiny"), out=Path("tuned")))
    with pytest.raises(BadInput, match="an exported model: its weights are rounded"):
        start_of(tiny.file(MODEL))
    with pytest.raises(BadInput, match="comes with: tiny"):
        start_of("tinny")
    assert not Path("tuned").exists()
