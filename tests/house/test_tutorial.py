"""The tutorial is executed, block by block, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"


def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the tutorial trains: pip install '.[train]'")
    blocks = re.findall(r"```bash\n(.*?)```", TUTORIAL.read_text(), re.S)
    assert len(blocks) >= 9
    steps = re.findall(r"(?m)^## (\d)\. (.+)$", TUTORIAL.read_text())
    assert [number for number, _ in steps] == list("12345"), "my tunes, a model, music, a judgement, the stage"
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ETUDE_CACHE": str(tmp_path / "cache"),
    }
    folder = tmp_path / "work"
    folder.mkdir()
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    assert (folder / "new" / "first-7-001-t0.8.wav").stat().st_size > 100_000
    assert (folder / "session.mid").read_bytes()[:4] == b"MThd"
    assert (folder / "from-python.musicxml").is_file()
