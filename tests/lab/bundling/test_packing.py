"""Only what may be passed on is bundled, in files that are small enough, the same each time, and in the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from etude.config import read_toml, write_toml
from etude.data import Collection
from etude.errors import UsageError
from etude.lab.bundled import FACTS, LARGEST, SHIPPED, Bundled, bundled_models
from etude.lab.bundling import packing
from etude.lab.bundling.making import bundle
from etude.lab.run import Run

ROOT = Path(__file__).resolve().parents[3]
SHIPPED_FOLDER = ROOT / "src" / "etude" / "lab" / SHIPPED


@pytest.fixture
def may_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Collection, "may_ship", property(lambda self: True))


def test_what_may_not_be_passed_on_is_refused(run: Run, free: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="may not be passed on"):
        bundle(run.folder, "mine", tmp_path)  # as its split.json says
    with pytest.raises(UsageError, match="not the collection"):
        bundle(free.folder, "mine", tmp_path)  # as the collection itself says
    assert not list(tmp_path.iterdir())


def test_what_the_first_weights_learned_from_counts(run: Run, free: Run, may_ship: None, tmp_path: Path) -> None:
    for origin, words in ((run.folder, "may not be passed on"), (tmp_path / "gone", "not there any more")):
        copy = tmp_path / f"tuned-{origin.name}"
        shutil.copytree(free.folder, copy)
        values = read_toml(copy / "recipe.toml")
        (copy / "recipe.toml").write_text(write_toml({**values, "start": str(origin)}))
        with pytest.raises(UsageError, match=words):
            bundle(copy, "tuned", tmp_path / "out")


def test_a_file_may_have_so_many_bytes(
    free: Run, may_ship: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "LARGEST", 1000)
    with pytest.raises(UsageError, match=r"mine.etude would have .* MB"):
        bundle(free.folder, "mine", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_name_is_a_plain_word(free: Run, may_ship: None, tmp_path: Path) -> None:
    for name in ("../out", "Mine", "my model", ""):
        with pytest.raises(UsageError, match="no name for a model"):
            bundle(free.folder, name, tmp_path)


def test_the_same_run_gives_the_same_files(tiny: Bundled, free: Run, may_ship: None, tmp_path: Path) -> None:
    again = bundle(free.folder, "tiny", tmp_path).model
    for path in sorted(tiny.folder.iterdir()):
        if path.suffix != FACTS:
            assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name
    first, second = dict(tiny.facts), dict(again.facts)
    assert first.pop("figures").keys() == second.pop("figures").keys()
    assert first == second


def test_no_place_of_this_machine_is_in_the_facts(tiny: Bundled, free: Run) -> None:
    text = tiny.file(FACTS).read_text()
    assert str(free.folder.parent) not in text
    assert "/" not in tiny.facts["recipe"]["data"]["collection"]


@pytest.mark.parametrize("model", bundled_models(SHIPPED_FOLDER), ids=lambda model: model.name)
def test_each_shipped_model_is_whole_small_and_documented(model: Bundled) -> None:
    for name, kept in model.facts["files"].items():
        assert (model.folder / name).stat().st_size == kept["bytes"] <= LARGEST
        model.read(name.removeprefix(model.name))
    assert (ROOT / "docs" / "models" / f"{model.name}.md").is_file()
    assert model.facts["data"]["licence"]


def test_the_wheel_holds_them(tiny: Bundled, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(tiny.folder, tmp_path / "src" / "etude" / "lab" / SHIPPED, dirs_exist_ok=True)
    code = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        there = {entry.filename: entry.file_size for entry in archive.infolist()}
    for path in tiny.folder.iterdir():
        assert there[f"etude/lab/{SHIPPED}/{path.name}"] == path.stat().st_size
