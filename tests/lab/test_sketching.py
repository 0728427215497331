"""Pieces composed along the way: at every evaluation, and the training never notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude import formats
from etude.errors import UsageError
from etude.lab.run import Run
from etude.lab.sketching import sketches
from etude.lab.trackers import TrackingConfig

pytest.importorskip("torch", reason="training needs the extra 'train'")


@pytest.mark.slow
def test_a_training_that_composes_along_the_way_learns_the_same(run: Run, book: Path, tmp_path: Path) -> None:
    from etude.lab import train
    from etude.lab.weights import best_weights

    kept = run.recipe()
    settings = [
        f"{table}.{key}={str(value).lower()}"
        for table in ("model", "training")
        for key, value in kept[table].items()
    ]
    wanted = ("tracking.along=2", "tracking.tracker=none", "data.floors=false", "training.minutes=none")
    other = train(recipe="folk", data=book, out=tmp_path / "run", settings=(*settings, *wanted)).run
    before, after = best_weights(run), best_weights(other)
    assert all((before[name] == after[name]).all() for name in before)
    steps = [record["step"] for record in other.records() if "event" not in record]
    found = sketches(other)
    assert [(one.step, one.number) for one in found] == [(step, number) for step in steps for number in (1, 2)]
    read = [formats.read(one.path) for one in found]
    assert read[0].meta.title == f"After {steps[0]} updates"
    assert all(score.meta.reproduce == "" for score in read)
    assert len({one.path.read_bytes() for one in found}) > len(steps)
    assert all(one.path.with_suffix(".abc").is_file() for one in found)


def test_a_number_of_pieces_that_cannot_be() -> None:
    assert TrackingConfig().along == 0
    for wrong in (-1, 100):
        with pytest.raises(UsageError, match="along"):
            TrackingConfig(along=wrong)
