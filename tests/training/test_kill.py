"""A real trainer, killed at random moments: what it ends with is what it would have ended with."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("child.py")


def start(folder: Path, steps: int, every: int, threads: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-u", str(CHILD), str(folder), *map(str, (steps, every, threads))]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(child: subprocess.Popen[str]) -> tuple[str, dict[int, Any], float]:
    """The fingerprint of all a training ended with, its log by step, and the seconds from its begin."""
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline() == "begin\n", child.stderr.read()
    begun = time.monotonic()
    out, complaint = child.communicate(timeout=300)
    *records, end = out.splitlines()
    assert child.returncode == 0, complaint
    return end, logged(records), time.monotonic() - begun


def logged(lines: list[str]) -> dict[int, Any]:
    records = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    return {record["step"]: record for record in records}


def killed(child: subprocess.Popen[str], evaluations: int, seconds: float) -> tuple[bool, dict[int, Any]]:
    """Whether the child was at work when it was killed, that long after its begin, and what it had logged."""
    assert child.stdout is not None
    assert child.stdout.readline() == "begin\n"
    lines = [child.stdout.readline() for _ in range(evaluations)]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    out, _ = child.communicate()
    return child.returncode == -signal.SIGKILL, logged([line.strip() for line in lines] + out.splitlines())


def check_kills(folder: Path, kills: int, shape: tuple[int, int, int], seed: int) -> None:
    end, log, seconds = finish(start(folder / "whole", *shape))
    moments = random.Random(seed)
    found: dict[int, Any] = {}
    hit = 0
    evaluations = shape[0] // shape[1]
    for _ in range(kills):
        after = moments.randint(0, evaluations // kills - 1), moments.uniform(0, seconds / evaluations)
        was_at_work, part = killed(start(folder / "parts", *shape), *after)
        hit += was_at_work
        found |= part
    again, rest, _ = finish(start(folder / "parts", *shape))
    assert hit >= 1, "no kill came in time; the test showed nothing"
    assert again == end, "the killed training ended elsewhere"
    assert found | rest == log, "the killed training logged other figures"
    assert not [entry.name for entry in (folder / "parts").iterdir() if entry.name.startswith(".")]


def test_killed_three_times_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    check_kills(tmp_path, 3, (60, 5, 1), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("every", [1, 7])
def test_killed_many_times_it_ends_with_the_same_bits(tmp_path: Path, every: int, threads: int) -> None:
    for seed in range(4):
        check_kills(tmp_path / str(seed), 4, (60, every, threads), seed)


def test_ctrl_c_saves_and_the_next_one_goes_on(tmp_path: Path) -> None:
    end, _, seconds = finish(start(tmp_path / "whole", 60, 20, 1))
    child = start(tmp_path / "parts", 60, 20, 1)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.3 * seconds)
    asked = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, complaint = child.communicate()
    assert time.monotonic() - asked < 10
    assert child.returncode == 0, complaint
    assert "end" in out
    again, _, _ = finish(start(tmp_path / "parts", 60, 20, 1))
    assert again == end
