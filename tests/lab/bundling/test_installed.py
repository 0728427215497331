"""The wheel in an empty environment: it composes with a model by name, and makes a page of it, without torch."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

from etude.lab.bundled import SHIPPED, Bundled
from etude.lab.web.runtime import ABOUT, FILES, NAME

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow
NO_INDEX = ("No matching distribution found", "Could not find a version", "Connection", "Temporary failure")


@pytest.fixture(scope="module")
def installed(tiny: Bundled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that holds etude and what it depends on, with one model inside."""
    home = tmp_path_factory.mktemp("installed")
    source = home / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(tiny.folder, source / "src" / "etude" / "lab" / SHIPPED, dirs_exist_ok=True)
    code = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=source, check=True, capture_output=True)
    (wheel,) = source.glob("*.whl")
    venv.create(home / "environment", with_pip=True)
    commands = home / "environment" / ("Scripts" if os.name == "nt" else "bin")
    words = [commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=home)
    if done.returncode and any(text in done.stderr for text in NO_INDEX):
        pytest.skip(f"pip cannot fetch what etude depends on: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return commands


def said(commands: Path, folder: Path, *words: str) -> str:
    """What a command says on stdout, far from this source; it must end well."""
    hidden = ("PYTHONPATH", "ETUDE_BUNDLED", "ETUDE_CACHE", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    environment["ETUDE_CACHE"] = str(folder / "cache")
    done = subprocess.run(
        [commands / words[0], *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_composes_with_a_model_by_its_name(installed: Path, tiny: Bundled, tmp_path: Path) -> None:
    names = [row["name"] for row in json.loads(said(installed, tmp_path, "etude", "models", "--json"))["models"]]
    assert tiny.name in names
    words = ("--steps", "60", "--seed", "1", "--out", "out", "--format", "mid,wav", "--json")
    (piece,) = json.loads(said(installed, tmp_path, "etude", "compose", tiny.name, *words))["pieces"]
    assert piece["notes"] > 0
    assert (tmp_path / piece["path"]).read_bytes()[:4] == b"MThd"
    code = "import importlib.util as u; print([n for n in ('torch', 'onnx', 'music21', 'mido') if u.find_spec(n)])"
    assert said(installed, tmp_path, "python", "-c", code).strip() == "[]"


def test_doctor_names_every_missing_part_with_the_line_that_installs_it(installed: Path, tmp_path: Path) -> None:
    parts = {
        row["name"]: row for row in json.loads(said(installed, tmp_path, "etude", "doctor", "--json"))["parts"]
    }
    assert parts["sheet"]["ready"]
    for name, extra in (("training", "train"), ("live", "live"), ("studio", "studio"), ("study", "study")):
        assert not parts[name]["ready"]
        assert f"pip install 'etude[{extra}]'" in parts[name]["detail"]


def test_it_makes_a_page_without_the_package_that_writes_models(
    installed: Path, tiny: Bundled, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "runtime.tgz", "w:gz") as archive:
        about = json.dumps({"name": NAME, "version": "1.0.0"}).encode()
        for name, data in {ABOUT: about, **dict.fromkeys(FILES, b"code")}.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    words = ("--to", "web", "--out", "page", "--runtime", "runtime.tgz", "--json")
    answer = json.loads(said(installed, tmp_path, "etude", "export", tiny.name, *words))
    there = {path.name for path in (tmp_path / "page").rglob("*")}
    assert {"index.html", "main.js", "player.js", "model.onnx", "sw.js"} <= there
    assert answer["bytes"] > tiny.file(".etude").stat().st_size
