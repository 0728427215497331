"""uvicorn on this machine alone: it lets nobody wait on it for ever, and ends within seconds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from etude.apps.studio.application import application
from etude.apps.studio.guarding import kept_token
from etude.apps.studio.jamming import MESSAGE
from etude.apps.studio.stream import Hub
from etude.errors import EtudeError
from etude.lab.desk import Desk

HOST = "127.0.0.1"
HEADER_SECONDS = 10.0  # for the head of a request to arrive
LAST_SECONDS = 1  # for answers on their way when the server ends


class PromptProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose first request does not arrive in time."""

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for the head of the first request."""
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(HEADER_SECONDS, self._check)

    def _check(self) -> None:
        spoken = self.transport.get_protocol() is not self  # a WebSocket: it has said what it wants
        if self.cycle is None and not spoken and not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """A server that ends its streams of events before it waits for answers."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self.hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then the server."""
        self.hub.close()
        await super().shutdown(sockets)


def serve(folder: Path, runs: Path, studies: Path, port: int, opened: Callable[[str], None]) -> None:
    """Serves until Ctrl-C or SIGTERM. `opened` is told the address, once it can be opened."""
    listening = bound(port)
    port = listening.getsockname()[1]
    hub = Hub()
    desk = Desk(folder, runs, hub.tell_soon, studies=studies)
    token = kept_token(folder / "token")
    config = uvicorn.Config(
        application(desk, hub, port, token),
        http=PromptProtocol,
        ws=WSProtocol,
        ws_max_size=MESSAGE * 4,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=LAST_SECONDS,
    )
    opened(f"http://{HOST}:{port}/?token={token}")
    Server(config, hub).run(sockets=[listening])


def bound(port: int) -> socket.socket:
    """A socket on this machine's own address. Raises EtudeError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise EtudeError(
            f"Port {port} cannot be used: {error.strerror}. Choose another: --port 0 finds one."
        ) from error
    listening.listen(512)
    return listening
