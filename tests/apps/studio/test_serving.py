"""The server as a process: nobody can hold it up, and it ends when it is told to."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

SLOW = 100  # connections that never say what they want


def connected(served: Any) -> socket.socket:
    """A connection that has said nothing yet."""
    found = socket.create_connection(("127.0.0.1", served.port), timeout=30)
    found.settimeout(30)
    return found


@contextmanager
def asked(served: Any, path: str) -> Iterator[socket.socket]:
    """A connection on which that was asked for with the token."""
    with connected(served) as one:
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nAuthorization: Bearer {served.token}\r\n\r\n"
        )
        one.sendall(head.encode())
        yield one


def heard(one: socket.socket, words: bytes) -> bytes:
    """What a connection answers, until `words` came or it is closed."""
    said = b""
    while words not in said and (more := one.recv(4096)):
        said += more
    return said


def test_it_listens_to_this_machine_alone_and_ends_with_an_open_stream(served: Any) -> None:
    with asked(served, "/api/events") as stream:
        assert b"200 OK" in heard(stream, b"retry")
        addresses = {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in addresses:
            if not str(address).startswith("127."):
                with socket.socket() as outside:
                    outside.settimeout(5)
                    assert outside.connect_ex((str(address), served.port)) != 0
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(15) == 143  # uvicorn by itself would wait for the stream for ever


def test_slow_and_dropped_connections_hold_nobody_up(served: Any) -> None:
    for _ in range(20):
        with asked(served, "/api/events") as dropped:
            heard(dropped, b"retry")
    with ExitStack() as opened:
        slow = [opened.enter_context(connected(served)) for _ in range(SLOW)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        begun = time.monotonic()
        with asked(served, "/health") as quick:
            assert b'{"ok":true}' in heard(quick, b"}")
        assert time.monotonic() - begun < 5
        for one in slow:
            assert one.recv(1000) == b""  # closed, though the request is not whole: within HEADER_SECONDS
    with asked(served, "/api/events") as again:
        assert b"200 OK" in heard(again, b"retry")
