"""Ports by the names a person gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from etude.errors import UsageError
from etude.live import Clock, NoPort, Port
from etude.live.drivers import DriverIn, DriverOut
from etude.live.news import Heard
from etude.live.player import Player
from etude.live.sockets import PREFIX, SocketIn, SocketOut

VIRTUAL_NAME = "etude"


class Closing(Protocol):
    """An opened port."""

    name: str

    def close(self) -> None:
        """Gives it back."""


def outgoing(name: str | None, virtual: bool = False) -> Callable[[Clock], Port]:
    """What opens the port of that name, a virtual one, or none."""
    if name and virtual:
        raise UsageError("--port and --virtual exclude each other: a port of another program, or one of our own.")

    def opened(clock: Clock) -> Port:
        if virtual:
            return DriverOut(VIRTUAL_NAME, virtual=True)
        if name is None:
            return NoPort()
        return SocketOut(name) if name.startswith(PREFIX) else DriverOut(name)

    return opened


def incoming(name: str, player: Player, virtual: bool = False) -> Closing:
    """An opened port whose messages reach the player's inbox."""

    def take(at: int, message: bytes) -> None:
        player.inbox.put(Heard(at, message))

    clock = player.clock
    return SocketIn(name, clock, take) if name.startswith(PREFIX) else DriverIn(name, clock, take, virtual)


def panic(port: Port) -> int:
    """Sends silence for every key and channel; the number of messages."""
    from etude.live import panic as everything

    sent = 0
    for message in everything():
        port.send(message)
        sent += 1
    return sent
