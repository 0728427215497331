"""The player: one loop that waits until the next deadline or the next news, and never longer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from etude.errors import EtudeError
from etude.live import messages
from etude.live.bars import CLOSE
from etude.live.clock import Clock, Inbox
from etude.live.lookahead import RELEASE, Lookahead
from etude.live.news import Arrived, Cue, Lost, Order, Signalled, Source
from etude.live.outlet import Outlet
from etude.live.shape import Shape
from etude.live.ticking import Ticker
from etude.live.transport import State, Transport
from etude.score import BEND, PROGRAM

START_DELAY = 20_000_000  # ns from the first music to its first note
TOO_LATE = 150_000_000  # ns after which a note is left out
ASK_EVERY = 0.5  # beats between two requests for more music
PASSED = 1_000_000  # ns after which a bar line at which music could come back is over


class Listener(Protocol):
    """What a player does with MIDI input."""

    def hear(self, player: Player, news: Any) -> None:
        """Takes one message, as Heard, or another thing that is no business of the player's."""

    def deadline(self) -> int | None:
        """When (ns) it wants to be asked again; None: only at the next message."""

    def wake(self, player: Player, now: int) -> None:
        """Does what was due."""


@dataclass(frozen=True)
class Plan:
    """How to play.

    look_ahead    beats of music that are to lie ready
    start_after   beats that must lie ready before the first note, and before music comes back after an underrun
    """

    look_ahead: float = 8.0
    start_after: float = 4.0


class Player:
    """Plays cues from a source through an outlet. Everything happens in the thread that calls `run`."""

    def __init__(
        self, source: Source, outlet: Outlet, inbox: Inbox, transport: Transport, plan: Plan | None = None
    ) -> None:
        self.source, self.outlet, self.inbox, self.transport = source, outlet, inbox, transport
        self.clock: Clock = outlet.clock
        self.plan = plan or Plan()
        self.music = Lookahead(transport.bars)
        self.shape = Shape()
        self.ticker = Ticker(outlet, transport)
        self.listener: Listener | None = None
        self.underruns = self.missed = 0  # missed: notes too late to be played
        self.finished = False
        self.lost: str | None = None  # why the source went
        self.signal: int | None = None  # that stopped it
        self.may_start = True  # false while an external clock has not started it
        self.free_tempo = True  # whether tempos in the music are followed
        self.speed = 1.0  # multiplies them
        self.on_end: Callable[[Player], None] = finish  # what the end of the music means
        self.asked = -1.0
        self.models: list[str] = []  # that can be changed to, the one that plays last
        self.temperature = 1.0  # of the source, as far as it was told

    def run(self) -> None:
        """Plays until the music ends or something stops it; then, whatever it was, nothing sounds any more.

        Raises PortError when the port has gone.
        """
        try:
            while not self.finished:
                self.turn()
        finally:
            self.outlet.silence()
            self.ticker.stop()

    def turn(self) -> None:
        """Waits for the next deadline or news, and does what is due."""
        now = self.clock.now()
        self._ask(now)
        news = self.clock.wait(self.inbox, self._deadline(now))
        if news is not None:
            self.take(news)
        if not self.finished:
            self.catch_up(self.clock.now())

    def take(self, news: object) -> None:
        """Does what one piece of news asks for."""
        if isinstance(news, Arrived):
            self.music.arrive(news)
        elif isinstance(news, Lost):
            self.lost, self.finished = news.reason, True
        elif isinstance(news, Signalled):
            self.signal, self.finished = news.number, True
        elif isinstance(news, Order):
            from etude.live.orders import obey

            obey(self, news)
        elif self.listener is not None:
            self.listener.hear(self, news)

    def catch_up(self, now: int) -> None:
        """Starts, plays, holds or comes back, as the time demands."""
        state = self.transport.state
        if state is State.WAITING and self.may_start and self._enough(0.0):
            self.start(now + START_DELAY * (not self.clock.virtual), self.transport.resting)
        elif state is State.HOLDING:
            self._come_back(now)
        self.ticker.tick(now)
        if self.listener is not None:
            due = self.listener.deadline()
            if due is not None and due <= now:
                self.listener.wake(self, now)
        if self.transport.state is State.PLAYING:
            self._play(now)

    def start(self, at: int, beat: float) -> None:
        """Plays from `beat` of the music on, which falls on `at` (ns)."""
        self.transport.play(at, beat)
        self.ticker.play(at, beat)

    def rest(self, state: State, beat: float) -> None:
        """Stops the music at `beat`: what sounds ends."""
        self.release_music()
        self.transport.rest(state, beat)
        self.ticker.stop()

    def release_music(self) -> None:
        """Ends the notes of the music, and lifts its pedals; what a human plays is theirs."""
        self.outlet.release()
        self.shape.forget()

    def _ask(self, now: int) -> None:
        """Asks for as much music as is to lie ready."""
        wanted = self.transport.position(now) + self.plan.look_ahead
        if wanted - self.asked >= ASK_EVERY - CLOSE and not self.music.ended and self.music.horizon < math.inf:
            self.asked = wanted
            self.source.ahead(wanted)

    def _deadline(self, now: int) -> int | None:
        """When (ns) something is to be done, should no news come."""
        moments = [self.ticker.deadline(), self.listener.deadline() if self.listener else None]
        if self.transport.state is State.PLAYING:
            cue = self.music.ready()
            beat = cue.beat if cue else self.music.horizon
            if beat < math.inf:
                moments.append(self.transport.due(beat))
            if self.music.horizon < math.inf and not self.music.ended:
                moments.append(self.transport.due(self.asked + ASK_EVERY - self.plan.look_ahead))
        elif self.transport.state is State.HOLDING:
            moments.append(self.transport.next_line(now + PASSED))
        return min([moment for moment in moments if moment is not None], default=None)

    def _play(self, now: int) -> None:
        """Plays what is due; without music at the horizon, holds or finishes."""
        while (cue := self.music.ready()) is not None:
            due = self.transport.due(cue.beat)
            if due > now:
                return
            self.music.take()
            self._perform(cue, due)
        if self.music.horizon == math.inf or self.transport.due(self.music.horizon) > now:
            return
        if self.music.ended:
            self.on_end(self)
        else:
            self.underruns += 1
            self.release_music()
            self.transport.hold(self.music.horizon)

    def _come_back(self, now: int) -> None:
        """After an underrun: plays on at a bar line, once enough music lies ready."""
        line = self.transport.next_line(now)
        if line > now + START_DELAY or not self._enough(self.transport.resting):
            return
        while (cue := self.music.ready()) is not None and cue.beat < self.transport.resting - CLOSE:
            self.music.take()  # its time is over: nothing is made up for in a burst
            if cue.event.kind in ("control", "tempo"):
                self._perform(cue, now)
        self.transport.come_back(line)

    def _enough(self, beat: float) -> bool:
        """Whether music lies ready from `beat` on."""
        return self.music.ended or self.music.horizon >= beat + self.plan.start_after

    def _perform(self, cue: Cue, due: int) -> None:
        """Plays one cue that is due at `due` (ns)."""
        event = cue.event
        channel = event.track
        self.outlet.beat = self.transport.pulse.beat(due)
        if event is RELEASE:
            self.release_music()
        elif event.kind == "on":
            pitch = self.shape.strike(channel, event.number, cue.beat)
            if self.clock.now() - due > TOO_LATE:
                self.missed += 1  # the machine stood still, or the music came too late: nothing is made up for
            elif pitch is not None:
                self.outlet.send(messages.note_on(channel, pitch, max(1, min(event.value, 127))), due)
        elif event.kind == "off":
            pitch = self.shape.lift(channel, event.number)
            if pitch is not None:
                self.outlet.send(messages.note_off(channel, pitch), due)
        elif event.kind == "control":
            self.outlet.send(_control(channel, event.number, event.value), due)
        elif event.kind == "meter":
            self.outlet.meters.append((max(self.outlet.beat, 0.0), event.number, event.value))
        elif event.kind == "tempo" and self.free_tempo:
            tempo = 60e6 / event.number * self.speed
            self.transport.pulse.change(cue.beat + self.transport.offset, tempo)
            self.outlet.tell_tempo(self.transport.pulse)

    def check(self) -> None:
        """Raises EtudeError when the music stopped because its source went."""
        if self.lost is not None:
            raise EtudeError(f"The music stopped because its generator went: {self.lost}")


def finish(player: Player) -> None:
    """Ends the session."""
    player.finished = True


def _control(channel: int, number: int, value: int) -> bytes:
    if number == BEND:
        return messages.bend(channel, value)
    return messages.program(channel, value) if number == PROGRAM else messages.control(channel, number, value)
