"""MIDI over TCP: the plain bytes of the messages, as mido's `SocketPort` and `PortServer` speak."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from etude.errors import UsageError
from etude.live.clock import Clock
from etude.live.messages import Parser
from etude.live.ports import PortError

PREFIX = "socket:"
PATIENCE = 5.0  # seconds to connect, and for a full buffer to empty


def address(name: str) -> tuple[str, int]:
    """(host, port) of `socket:host:port`. Raises UsageError for anything else."""
    host, _, port = name.removeprefix(PREFIX).rpartition(":")
    if not name.startswith(PREFIX) or not host or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"'{name}' is no socket: write {PREFIX}HOST:PORT, as {PREFIX}localhost:9080.")
    return host, int(port)


def _connected(name: str) -> socket.socket:
    host, port = address(name)
    try:
        connection = socket.create_connection((host, port), PATIENCE)
    except OSError as error:
        raise PortError(f"Nobody takes MIDI at {host}:{port}: {error.strerror or error}.") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each message at once
    return connection


class SocketOut:
    """A port that sends to a listening program."""

    def __init__(self, name: str) -> None:
        """Connects to `socket:host:port`. Raises PortError when nobody listens there."""
        self.name = name
        self._connection = _connected(name)

    def send(self, message: bytes) -> None:
        """Sends it now. Raises PortError when the other side has gone or takes nothing for five seconds."""
        try:
            self._connection.sendall(message)
        except OSError as error:
            raise PortError(f"The other side of {self.name} has gone: {error.strerror or error}.") from error

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


class SocketIn:
    """Hears a program that sends: every message with the time at which it came."""

    def __init__(self, name: str, clock: Clock, take: Callable[[int, bytes], None]) -> None:
        """Connects to `socket:host:port`; `take` is called in a thread. Raises PortError when nobody is there."""
        self.name = name
        self._connection = _connected(name)
        self._connection.settimeout(None)
        self._thread = threading.Thread(target=self._listen, args=(clock, take), daemon=True)
        self._thread.start()

    def _listen(self, clock: Clock, take: Callable[[int, bytes], None]) -> None:
        parser = Parser()
        with contextlib.suppress(OSError):  # closed from this side
            while data := self._connection.recv(4096):
                at = clock.now()
                for message in parser.feed(data):
                    take(at, message)

    def close(self) -> None:
        """Closes the connection."""
        with contextlib.suppress(OSError):  # the other side was faster
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._thread.join()
