"""Where messages go: the protocol of a port, and the ports that need no driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from etude.errors import EtudeError
from etude.live.clock import Clock


class PortError(EtudeError):
    """Raised when a port cannot be opened or has gone."""


class Port(Protocol):
    """Something that takes MIDI messages at once."""

    name: str

    def send(self, message: bytes) -> None:
        """Sends one whole message. Raises PortError when the port has gone."""

    def close(self) -> None:
        """Gives the port back; a second time does nothing."""


class NoPort:
    """A port that nobody listens to."""

    name = "none"

    def send(self, message: bytes) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class RecordingPort:
    """A port that remembers what came when: (ns on `clock`, message). For tests and measurements."""

    name = "recording"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.sent: list[tuple[int, bytes]] = []
        self.closed = False

    def send(self, message: bytes) -> None:
        """Remembers `message`. Raises PortError after `close`."""
        if self.closed:
            raise PortError("The recording port is closed: nothing more can be sent to it.")
        self.sent.append((self.clock.now(), message))

    def close(self) -> None:
        """No message is taken any more."""
        self.closed = True

    def bytes(self) -> bytes:
        """Everything that was sent, with its times, as bytes to compare."""
        return b"".join(at.to_bytes(8, "big") + message for at, message in self.sent)


class Ports:
    """Several ports as one. When one fails the others still get the message, then its PortError is raised."""

    def __init__(self, ports: Sequence[Port]) -> None:
        self.ports = list(ports)
        self.name = " and ".join(port.name for port in self.ports)

    def send(self, message: bytes) -> None:
        """Sends `message` to each port."""
        failed: PortError | None = None
        for port in self.ports:
            try:
                port.send(message)
            except PortError as error:
                failed = error
        if failed:
            raise failed

    def close(self) -> None:
        """Closes each."""
        for port in self.ports:
            port.close()
