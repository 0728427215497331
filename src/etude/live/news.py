"""What reaches a player through its inbox, and the music it plays from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from etude.score import Event

ENDS, MAPS, CONTROLS, STARTS = range(4)  # the order of what happens at one beat
_ORDER = {"off": ENDS, "tempo": MAPS, "meter": MAPS, "key": MAPS, "control": CONTROLS, "on": STARTS}


class Cue(NamedTuple):
    """One event at its place: `track` of the event is the MIDI channel. Cues sort as they are to be played."""

    beat: float  # quarter notes since the start of the session
    order: int
    number: int  # counts the cues of a session
    event: Event


def cue(beat: float, number: int, event: Event) -> Cue:
    """`event` at `beat`; ends come before what else happens there, starts after it."""
    return Cue(beat, _ORDER.get(event.kind, MAPS), number, event)


@dataclass(frozen=True)
class Arrived:
    """Music from the source.

    cues         in time order
    horizon      every event before this beat has arrived
    generation   counts the changes of model or seed; music of an older one is dropped
    ended        whether the music ends at `horizon`
    """

    cues: tuple[Cue, ...]
    horizon: float
    generation: int = 0
    ended: bool = False


@dataclass(frozen=True)
class Lost:
    """The source, or a port, is gone: nothing more will come from it."""

    reason: str


@dataclass(frozen=True)
class Heard:
    """A message that came in through a MIDI port, and when (ns on the player's clock)."""

    at: int
    message: bytes


@dataclass(frozen=True)
class Thought:
    """A partner has computed the first note of an answer, should the phrase end with note number `count`."""

    count: int


@dataclass(frozen=True)
class Signalled:
    """A signal that asks the program to stop."""

    number: int


@dataclass(frozen=True)
class Order:
    """What a person asks for while it plays; see `Player.obey` for the names."""

    name: str
    value: Any = None


class Source(Protocol):
    """Where the music comes from. What it has to say goes into the player's inbox as Arrived or Lost."""

    def ahead(self, beat: float) -> None:
        """Asks for all music before `beat`; more than that is not made."""

    def tell(self, name: str, value: Any) -> None:
        """Changes how the music is made from now on: "temperature", "restart", and what a jam needs."""

    def close(self) -> None:
        """Ends it."""
