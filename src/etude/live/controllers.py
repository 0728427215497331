"""A listener for knobs: controllers that move temperature, density and register while it plays."""

from __future__ import annotations

from collections.abc import Mapping

from etude.errors import UsageError
from etude.live import messages
from etude.live.following import Following
from etude.live.news import Heard, Order
from etude.live.orders import COLDEST, HOTTEST, obey
from etude.live.player import Player

DEFAULT = {"temperature": 1, "density": 74, "register": 71}  # controller numbers: modulation, brightness, timbre
LOWEST, HIGHEST = -2, 2  # octaves


def controller_map(text: str | None) -> dict[str, int]:
    """What moves what, of `temperature=1,density=74`; None is the DEFAULT. Raises UsageError for anything else."""
    if text is None:
        return dict(DEFAULT)
    out = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        if name not in DEFAULT or not number.isdigit() or int(number) > 119:
            names = ", ".join(DEFAULT)
            raise UsageError(f"'{part}' moves nothing: write NAME=CONTROLLER with one of {names} and 0 to 119.")
        out[name] = int(number)
    return out


class Knobs:
    """Hears controllers, and an external clock where `following` is given."""

    def __init__(self, controllers: Mapping[str, int] | None = None, following: Following | None = None) -> None:
        chosen = DEFAULT if controllers is None else controllers
        self.names = {number: name for name, number in chosen.items()}
        self.following = following

    def hear(self, player: Player, heard: Heard) -> None:
        """Takes one message."""
        if messages.is_control(heard.message):
            name = self.names.get(heard.message[1])
            if name is not None:
                obey(player, Order(name, reached(name, heard.message[2])))
        elif self.following is not None:
            self.following.hear(player, heard)

    def deadline(self) -> int | None:
        """Nothing is ever due."""
        return None

    def wake(self, player: Player, now: int) -> None:
        """Nothing."""


def reached(name: str, value: int) -> float:
    """Where a controller at 0-127 puts what it moves: temperature 0.1-2, density 0-1, register -2..2 octaves."""
    share = value / 127
    if name == "temperature":
        return COLDEST + share * (HOTTEST - COLDEST)
    if name == "register":
        return round(LOWEST + share * (HIGHEST - LOWEST))
    return share
