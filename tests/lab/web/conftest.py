"""A plain web server, and what a page does that it should not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120.0  # seconds; the machines that test are busy


class Quiet(SimpleHTTPRequestHandler):
    """Hands out files of a folder; nothing is said of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Served:
    """A folder on a plain web server of this machine."""

    def __init__(self, folder: Path) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.address = f"http://{self.host}/"

    def close(self) -> None:
        """Stops handing out."""
        self.server.shutdown()
        self.server.server_close()


class Visitor:
    """A page in the browser, the errors it made and the hosts it asked."""

    def __init__(self, context: Any) -> None:
        self.context, self.page = context, context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.wrong: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def tell(self, expression: str, *given: Any) -> Any:
        """What an expression says in the page."""
        return self.page.evaluate(expression, *given)

    def until(self, expression: str, reached: Callable[[Any], bool] = bool) -> Any:
        """Waits until `expression` says what is `reached`; what it said."""
        begun = time.monotonic()
        while not reached(found := self.tell(expression)):
            assert time.monotonic() - begun < PATIENCE, f"{expression} is still {found}"
            time.sleep(0.02)
        return found


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], Served]]:
    """Puts a folder on a web server of its own, for the session."""
    servers: list[Served] = []

    def put(folder: Path) -> Served:
        servers.append(Served(folder))
        return servers[-1]

    yield put
    for one in servers:
        one.close()
