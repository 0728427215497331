"""A counted model of the small book: the quickest there is, and it keeps a whole run folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.lab.run import Run


@pytest.fixture(scope="session")
def counted(cache: None, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the recipe `ngram`."""
    from etude.lab import train

    out = tmp_path_factory.mktemp("runs") / "counted"
    return train(recipe="ngram", data=book, out=out, settings=("data.transpose=[0,0]",)).run
