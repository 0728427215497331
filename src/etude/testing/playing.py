"""Music from a list instead of a model, and a player on the virtual clock: for tests of what plays."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from queue import SimpleQueue
from typing import Any

from etude.live import Arrived, Cue, Heard, Outlet, Plan, Player, Pulse, RecordingPort, Transport, VirtualClock, cue
from etude.live.bars import Bars
from etude.live.messages import note_off, note_on
from etude.live.player import Listener
from etude.score import Event


class Script:
    """A Source: the cues before the beat that was asked for arrive at once; `stall` makes it lazy."""

    def __init__(self, cues: Iterable[Cue], inbox: Any, end: float) -> None:
        self.cues, self.inbox, self.end = sorted(cues), inbox, end
        self.stall: float | None = None  # nothing from this beat on arrives
        self.told: list[tuple[str, Any]] = []
        self.generation = 0
        self.given = 0.0
        self.closed = False

    def ahead(self, beat: float) -> None:
        """What comes before `beat`, at once."""
        horizon = min(beat, self.end, self.stall if self.stall is not None else self.end)
        if horizon <= self.given:
            return
        new = tuple(one for one in self.cues if self.given <= one.beat < horizon)
        last = horizon >= self.end
        new += tuple(one for one in self.cues if one.beat >= self.end) if last else ()
        self.given = horizon
        self.inbox.put(Arrived(new, horizon, self.generation, last))

    def tell(self, name: str, value: Any) -> None:
        """Remembers what it was told."""
        self.told.append((name, value))

    def close(self) -> None:
        """Remembers that it was closed."""
        self.closed = True


def notes(*rows: tuple[float, float, int], channel: int = 0) -> list[Cue]:
    """Cues of (onset, length, pitch) in beats."""
    out = []
    for number, (onset, length, pitch) in enumerate(rows):
        out.append(cue(onset, 2 * number, Event(0, "on", channel, pitch, 80)))
        out.append(cue(onset + length, 2 * number + 1, Event(0, "off", channel, pitch)))
    return out


def quarters(count: int) -> list[Cue]:
    """A rising scale of quarters."""
    return notes(*((float(beat), 1.0, 60 + beat % 12) for beat in range(count)))


def virtual_player(
    cues: list[Cue], end: float, port: RecordingPort | None = None, **plan: Any
) -> tuple[Player, Script, RecordingPort]:
    """(player, its Script, its port) at 120 beats a minute from 0 ns on; the music ends at beat `end`."""
    clock = port.clock if port else VirtualClock()
    inbox: SimpleQueue[Any] = SimpleQueue()
    port = port or RecordingPort(clock)
    source = Script(cues, inbox, end)
    return Player(source, Outlet(port, clock), inbox, Transport(Pulse(), Bars()), Plan(**plan)), source, port


class ScriptedHuman:
    """A listener around another one that plays given messages at given times (ns), as if from a port."""

    def __init__(self, listener: Listener, played: Iterable[tuple[int, bytes]], end: int) -> None:
        self.listener, self.end = listener, end
        self.waiting = deque(sorted(played))

    def hear(self, player: Player, news: Any) -> None:
        """Hands it on."""
        self.listener.hear(player, news)

    def deadline(self) -> int | None:
        """When the next message is played, or the listener is due, or it is over."""
        mine = self.waiting[0][0] if self.waiting else self.end
        theirs = self.listener.deadline()
        return mine if theirs is None else min(mine, theirs)

    def wake(self, player: Player, now: int) -> None:
        """Plays what is due."""
        while self.waiting and self.waiting[0][0] <= now:
            player.take(Heard(*self.waiting.popleft()))
        theirs = self.listener.deadline()
        if theirs is not None and theirs <= now:
            self.listener.wake(player, now)
        if now >= self.end:
            player.finished = True


def phrase(start: int, pitches: Iterable[int], beat: int) -> list[tuple[int, bytes]]:
    """(ns, message) of a line of quarters of `beat` ns each, from `start` (ns) on, played not quite legato."""
    out = []
    for number, pitch in enumerate(pitches):
        at = start + number * beat
        out += [(at, note_on(0, pitch, 90)), (at + beat * 9 // 10, note_off(0, pitch))]
    return out
