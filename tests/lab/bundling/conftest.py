"""A bundled model made of the session's small run, whose tunes are taken for music that may be passed on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from etude.data import Collection
from etude.lab.bundled import FOLDER, Bundled
from etude.lab.run import Run


@pytest.fixture(scope="session")
def free(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of the small run that says of its data that they may be shipped."""
    copy = tmp_path_factory.mktemp("free") / "small"
    shutil.copytree(run.folder, copy)
    record = json.loads((copy / "split.json").read_text())
    (copy / "split.json").write_text(json.dumps({**record, "may_ship": True}))
    return Run.open(copy)


@pytest.fixture(scope="session")
def tiny(free: Run, tmp_path_factory: pytest.TempPathFactory) -> Bundled:
    """The bundled model `tiny`."""
    from etude.lab.bundling.making import bundle

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Collection, "may_ship", property(lambda self: True))
        return bundle(free.folder, "tiny", tmp_path_factory.mktemp("bundled")).model


@pytest.fixture
def here(tiny: Bundled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder of a person whose etude comes with `tiny` alone."""
    monkeypatch.setenv(FOLDER, str(tiny.folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path
