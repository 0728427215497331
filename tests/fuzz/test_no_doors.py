"""While hostile files are read no file and no socket is opened and no program is run, and nothing lands on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from etude import formats
from etude.testing.fuzz import musicxml

CHILD = Path(__file__).parent / "child_no_doors.py"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(CHILD), *arguments], capture_output=True, text=True, cwd=folder)


def test_nothing_is_opened_by_the_readers(tmp_path: Path) -> None:
    done = run(folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 400
    assert list(tmp_path.iterdir()) == []


def test_the_watch_is_awake(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    done = run("a", folder=tmp_path)
    assert done.returncode == 1
    assert "open ('a'" in done.stdout


def test_paths_that_climb_leave_nothing_behind(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    names = musicxml.climbing()
    for name, data in names.items():
        (inside / f"{name}.mxl").write_bytes(data)
    readings = [found.readings[0] for found in formats.read_safely(sorted(inside.iterdir()), jobs=1)]
    assert [str(reading.reason) for reading in readings] == ["forbidden"] * len(names)
    assert {path.name for path in tmp_path.rglob("*.xml")} == set()
