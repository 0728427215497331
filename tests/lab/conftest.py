"""A small book of tunes made in code, and one model trained on it for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from etude.lab.run import Run
from etude.testing.scores import abc_tune as tune


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder of this session, so that tests neither use nor fill the person's own."""
    before = os.environ.get("ETUDE_CACHE")
    os.environ["ETUDE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["ETUDE_CACHE"]
    else:
        os.environ["ETUDE_CACHE"] = before


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one book of sixty tunes."""
    folder = tmp_path_factory.mktemp("tunes")
    (folder / "book.abc").write_text("\n".join(tune(number) for number in range(1, 61)))
    return folder


SMALL = (
    *(
        "model.width=32",
        "model.heads=2",
        "model.layers=1",
        "model.head_width=32",
        "training.rows=4",
        "training.length=64",
    ),
    *("training.steps=30", "training.warmup=5", "training.threads=1", "training.eval_every=10"),
)


@pytest.fixture(scope="session")
def run(cache: None, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run of thirty updates."""
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab import train

    settings = (*SMALL, "training.minutes=none")
    out = tmp_path_factory.mktemp("runs") / "small"
    return train(recipe="folk", data=book, out=out, settings=settings).run
