"""Workers on one PostgreSQL, as on many machines: one is killed, and its trial is taken up again by the other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etude.lab.study import trials
from etude.lab.study.plan import Factor, Plan
from etude.lab.study.study import begun

pytest.importorskip("optuna", reason="a search needs the extra 'study'")
pytest.importorskip("psycopg", reason="PostgreSQL needs the extra 'postgresql'")
pytestmark = pytest.mark.slow


def program(name: str) -> str:
    """Where a program of PostgreSQL lies; the test is left out where it is not installed."""
    found = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    return found


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of a server of this test alone, reached through a socket."""
    folder = tmp_path / "server"
    folder.mkdir()
    as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    if as_user:  # the server refuses to be run by root
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and parent.is_relative_to("/tmp") and parent != Path("/tmp"):
                parent.chmod(0o755)
        os.chown(folder, 65534, 65534)
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_user, program("initdb"), "-D", "data", "-U", "etude", "-A", "trust", "-N"], **run)  # type: ignore[call-overload]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_user, program("pg_ctl"), "-D", "data", "-w", "-l", "log"]
    subprocess.run([*control, "-o", options, "start"], **run)  # type: ignore[call-overload]
    yield f"postgresql://etude@/postgres?host={folder}"
    subprocess.run([*control, "-m", "fast", "stop"], **run)  # type: ignore[call-overload]


def test_the_trial_of_a_killed_worker_is_taken_up_again(
    storage: str, cache: None, book: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    plan = Plan("ngram", (Factor.parse("data.pieces=12..53"),), "search", data=str(book), trials=5)
    begun(plan, folder)
    search = trials.opened(plan, folder, storage)
    words = [sys.executable, "-m", "etude.lab.study.worker", str(folder)]
    environment = {**os.environ, trials.STORAGE: storage}
    first, second = (subprocess.Popen([*words, number, "1"], env=environment) for number in "12")
    while trials.counted(search)[1] < 2:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert second.wait(timeout=300) == 0
    assert trials.counted(search)[0] >= 5
    rows = trials.rows_of(search)
    lost = [row for row in rows if row.message == "its worker was lost; taken up again"]
    assert len(lost) == 1
    assert [row.state for row in rows if row.run == lost[0].run] == ["crashed", "done"]
    assert all(row.state == "done" for row in rows if row not in lost)
    trials.close(search)
