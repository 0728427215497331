"""A bundled model is found by name, plays without torch, knows what it learned from, and is its weights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude import engine
from etude.data import Collection
from etude.errors import BadInput, UsageError
from etude.lab import compose, load
from etude.lab.bundled import FACTS, INDEX, MODEL, WEIGHTS, Bundled
from etude.lab.catalogue import catalogue
from etude.lab.evaluating import data_of
from etude.lab.exporting import export
from etude.lab.originality import known_passages
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.lab.twin import bundled_weights, exported_again
from etude.lab.weights import best_weights


def test_a_name_is_composed_with_and_made_again(here: Path) -> None:
    piece = compose("tiny", seed=4, bars=4, out=here / "out")[0]
    assert piece.originality is not None
    assert piece.answer()["originality"]["longest_copied"] == piece.originality.longest_copied > 0
    assert '"model":"tiny"' in piece.score.meta.reproduce
    assert rerun(piece.paths[0]).same


def test_the_index_is_that_of_the_run(here: Path, free: Run) -> None:
    by_name, by_run = known_passages(load("tiny")), known_passages(load(free.folder))
    assert by_name is not None
    assert by_run is not None
    assert np.array_equal(by_name.passages.symbols, by_run.passages.symbols)
    assert by_name.passages.pieces == by_run.passages.pieces


def test_it_is_judged_on_what_it_learned_from_where_that_is_built_in(
    here: Path, tiny: Bundled, free: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tiny.facts["data"]["collection"]
    with pytest.raises(
        UsageError, match=rf"tiny learned from {name} \(.*\), which does not come with etude.*--data"
    ):
        data_of(load("tiny"), None)
    book = str(free.recipe()["data"]["collection"])
    monkeypatch.setattr("etude.data.BUILT_IN", (name,))
    monkeypatch.setattr(Collection, "open", partial(_opened, Collection.open, {name: book}))
    own = data_of(load("tiny"), None)
    assert own.collection == name
    assert data_of(load("tiny"), name) == own
    assert data_of(load("tiny"), book).collection == book
    monkeypatch.setattr(Collection, "content", "0" * 64)
    with pytest.raises(BadInput, match="another edition of the built-in "):
        data_of(load("tiny"), None)
    shutil.copy(tiny.file(MODEL), here / "alone.etude")
    with pytest.raises(UsageError, match="does not carry its collection"):
        data_of(load("alone.etude"), None)


def _opened(real: Callable[..., Collection], places: dict[str, str], name: str, **settings: Any) -> Collection:
    """A collection, those of `places` by their names."""
    return real(places.get(name, name), **settings)


def test_without_an_index_nothing_is_said_of_originality(here: Path, tiny: Bundled) -> None:
    for suffix in (MODEL, FACTS):
        shutil.copy(tiny.file(suffix), here)
    made = told("compose", "tiny", "--bars", "2", "--json", folder=here)
    assert json.loads(made.stdout)["pieces"][0]["originality"] is None
    assert "Originality: not known" in made.stderr


def told(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ETUDE_BUNDLED": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "etude", *words], env=environment, capture_output=True, text=True, check=True
    )


def test_what_lies_here_goes_before_the_name(here: Path, free: Run) -> None:
    assert load("tiny").run is None
    shutil.copytree(free.folder, here / "tiny")
    assert load("tiny").run is not None


def test_the_default_is_a_bundled_model_until_there_is_a_run(here: Path, free: Run) -> None:
    assert load().name == "tiny"
    shutil.copytree(free.folder, here / "runs" / "mine")
    assert load().name == "runs/mine"


def test_an_unknown_name_is_told_what_there_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"no model 'folk'.*comes with: tiny.*etude train"):
        load("folk")
    monkeypatch.setenv("ETUDE_BUNDLED", str(here / "nowhere"))
    with pytest.raises(BadInput, match="comes with no model of its own"):
        load("folk")
    with pytest.raises(UsageError, match="comes with no model of its own"):
        load()


def test_the_shipped_file_is_what_its_weights_export_to(here: Path, tiny: Bundled, free: Run) -> None:
    precision = engine.load(tiny.file(MODEL)).precision
    assert exported_again(tiny, precision) == tiny.file(MODEL).read_bytes()
    made = export(Path("tiny"), here / "exact.etude", precision="fp32")
    assert engine.load(made.path).precision == "fp32"
    for name, array in best_weights(free).items():
        assert np.array_equal(bundled_weights(tiny)[name], array)


@pytest.mark.parametrize("suffix", [MODEL, WEIGHTS, INDEX])
def test_a_changed_file_is_noticed(here: Path, tiny: Bundled, suffix: str) -> None:
    shutil.copytree(tiny.folder, here / "other")
    other = Bundled("tiny", here / "other")
    data = bytearray(other.read(suffix))
    data[len(data) // 2] ^= 1
    other.file(suffix).write_bytes(data)
    with pytest.raises(BadInput, match="not the file that tiny was bundled with"):
        other.read(suffix)


def test_it_is_listed_with_its_licence_and_size(here: Path, tiny: Bundled) -> None:
    (entry,) = catalogue(here / "runs")
    assert (entry.name, entry.kind) == ("tiny", "bundled")
    assert entry.size_mb == tiny.size / 1e6 > 0.01


def test_composing_by_name_loads_no_torch(here: Path) -> None:
    code = (
        "import sys\nfrom etude.apps.cli import main\n"
        "try:\n    main(['compose', 'tiny', '--bars', '2', '--seed', '1'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'music21', 'onnx') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
    assert "notes" in done.stdout
