"""A counted model made in a moment, a studio over it in this process, one with a port of its own, and a visitor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra 'studio'")

from starlette.testclient import TestClient

from etude.apps.studio.application import application
from etude.apps.studio.stream import Hub
from etude.lab.desk import Desk
from etude.lab.run import Run
from etude.testing.scores import abc_tune

TOKEN = "a-token-of-the-tests"
PORT = 8765
ORIGIN = f"http://127.0.0.1:{PORT}"
PATIENCE = 60.0  # seconds; the machines that test are busy


def counted_run(folder: Path) -> Run:
    """A run folder with an n-gram model of a dozen tunes, as if it had composed two pieces on its way."""
    from etude.encodings import build
    from etude.formats.abc import FORMAT
    from etude.formats.midi import FORMAT as MIDI
    from etude.models.ngram import NGram, save

    encoding = build("abc")
    scores = [FORMAT.parse(abc_tune(number).encode())[0].score for number in range(12)]
    steps = [encoding.encode(score) for score in scores if score is not None]
    run = Run.create(folder, {"name": "tiny", "data": {"collection": "moved-since"}})
    save(NGram.fit(steps, tuple(field.size for field in encoding.fields)), folder / "model.ngram")
    run.write_json("encoding.json", {"name": encoding.name, **encoding.settings})
    run.write_json("split.json", {"longest_steps": 200, "pieces": {"train": []}})
    (folder / "samples").mkdir()
    for step, score in zip((100, 200), scores, strict=False):
        assert score is not None
        (folder / "samples" / f"step-{step:08d}-1.mid").write_bytes(MIDI.dump([score]))
    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that holds one tiny model, 'tiny'."""
    folder = tmp_path_factory.mktemp("studio-runs")
    counted_run(folder / "tiny")
    return folder


@dataclass
class Studio:
    """A studio in this process: who asks it as its own page does, the desk and the hub behind it."""

    client: TestClient
    desk: Desk
    hub: Hub
    model: str
    port = PORT
    token = TOKEN
    origin = ORIGIN

    def wait(self, batch: str, seconds: float = 60.0) -> list[dict[str, object]]:
        """The pieces of a batch, once all of them are finished."""
        deadline = time.monotonic() + seconds
        while True:
            pieces = self.client.get(f"/api/batches/{batch}").json()["pieces"]
            if all(piece["state"] not in ("waiting", "growing") for piece in pieces):
                return pieces  # type: ignore[no-any-return]
            assert time.monotonic() < deadline, [piece["state"] for piece in pieces]
            time.sleep(0.02)


@pytest.fixture(scope="session")
def studio(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One for all tests of the session: its workers take seconds to start."""
    hub = Hub()
    studies = tmp_path_factory.mktemp("studies")
    desk = Desk(tmp_path_factory.mktemp("studio"), runs, hub.tell_soon, studies=studies)
    app = application(desk, hub, PORT, TOKEN)
    headers = {"origin": ORIGIN, "cookie": f"etude-studio-{PORT}={TOKEN}"}
    with TestClient(app, base_url=ORIGIN, headers=headers) as client:
        yield Studio(client, desk, hub, str(runs / "tiny"))


@dataclass
class Served:
    """A studio with a process and a port of its own."""

    process: subprocess.Popen[str]
    address: str  # with the token
    folder: Path  # of what it keeps

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.partition("127.0.0.1:")[2].partition("/")[0])

    @property
    def token(self) -> str:
        """What lets one in."""
        return self.address.partition("token=")[2]


def start(runs: Path, folder: Path) -> Served:
    """`etude studio`, as a person starts it in `folder`."""
    command = [sys.executable, "-m", "etude", "studio", "--port", "0", "--no-open", "--runs", str(runs)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), address
    return Served(process, address, folder / "studio")


def end(studio: Served) -> None:
    """SIGTERM, and its end."""
    studio.process.send_signal(signal.SIGTERM)
    studio.process.wait(30)
    assert studio.process.stdout is not None
    studio.process.stdout.close()


@pytest.fixture
def served(runs: Path, tmp_path: Path) -> Iterator[Served]:
    """A studio of this test alone."""
    started = start(runs, tmp_path)
    yield started
    end(started)


@pytest.fixture(scope="module")
def shared(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio of one file of tests."""
    started = start(runs, tmp_path_factory.mktemp("shared"))
    yield started
    end(started)


class Visitor:
    """A browser on the studio, and everything it did that it should not."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        self.hosts: set[str] = set()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._note)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _note(self, message: Any) -> None:
        """Notes errors, but not that a request was answered with why it cannot be."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.wrong.append(message.text)

    def tell(self, expression: str) -> Any:
        """What an expression says in the page."""
        return self.page.evaluate(expression)

    def until(self, expression: str, reached: Callable[[Any], bool] = bool, seconds: float = PATIENCE) -> float:
        """Waits for the page; seconds that took. (Playwright has a wait, but it needs eval, which is forbidden.)"""
        begun = time.monotonic()
        while not reached(found := self.tell(expression)):
            assert time.monotonic() - begun < seconds, f"{expression} is still {found}"
            time.sleep(0.02)
        return time.monotonic() - begun


@pytest.fixture
def visitor(browser: Any, shared: Any) -> Iterator[Visitor]:
    """A new visitor of the studio that all tests here share."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    found = Visitor(page, shared.address)
    page.goto(shared.address)
    page.wait_for_selector("#model")
    yield found
    context.close()
    assert found.wrong == []
    assert found.hosts == {f"127.0.0.1:{shared.port}"}
