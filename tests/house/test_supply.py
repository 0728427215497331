"""Nothing is fetched, at import or at work; and the same source makes the same wheel."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from etude.testing.scores import abc_tune

ROOT = Path(__file__).resolve().parents[2]
# every socket that is not this machine's own pair of pipes is an error; so is a look at the name service
ALONE = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        raise RuntimeError(f"NETWORK {event} {arguments!r}")
sys.addaudithook(watch)
"""


def alone(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `code` in a process that may not use the network, nor may the processes it starts."""
    (folder / "sitecustomize.py").write_text(ALONE)
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": paths, "ETUDE_CACHE": str(folder / "cache"), "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


def test_the_watch_is_awake(tmp_path: Path) -> None:
    done = alone("import socket; socket.create_connection(('127.0.0.1', 9))", tmp_path)
    assert "NETWORK" in done.stderr


def test_no_room_and_no_common_work_uses_the_network(tmp_path: Path) -> None:
    """Every room is imported; files are read by workers, a model counted, music composed, drawn and made sound."""
    (tmp_path / "book.abc").write_text("\n".join(abc_tune(number) for number in range(12)))
    code = """
import importlib, pkgutil, etude
for room in ("score", "formats", "encodings", "data", "sampling", "evaluation", "render", "live", "lab", "engine"):
    package = importlib.import_module(f"etude.{room}")
    for name in getattr(package, "__all__", ()):
        getattr(package, name)
from etude.data.ingest import ingest
report = ingest(["book.abc"], "collection")
assert report.kept == 12
from etude import formats
from etude.render.audio.sound import sound
score = formats.read("book.abc")
formats.write(score, "a.mid")
assert len(formats.read("a.mid")) == len(score)
assert sound(score, soundfont="none").seconds > 1
from etude.encodings import build
from etude.sampling import Length, compose
from etude.testing.fakes import UniformStepper
letters = build("letters")
piece = compose(UniformStepper((15,)), letters, seed=1, length=Length(steps=20))
print("done", len(piece.score))
"""
    done = alone(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("done")
    assert "NETWORK" not in done.stderr


@pytest.mark.slow
def test_the_wheel_is_the_same_bytes_twice(tmp_path: Path) -> None:
    digests = set()
    for number in range(2):
        copy = tmp_path / f"source{number}"
        copy.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, copy / name)
        shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
        build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "out", "."]
        environment = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
        done = subprocess.run(build, cwd=copy, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (wheel,) = (copy / "out").glob("etude-*.whl")
        digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(digests) == 1, digests
