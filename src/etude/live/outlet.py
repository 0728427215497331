"""The one way out: all that is sent passes here, into the table of what sounds, the tape and the figures."""

from __future__ import annotations

from etude.live.clock import Clock
from etude.live.messages import is_control, is_off, is_on, note_off
from etude.live.ports import Port, PortError
from etude.live.pulse import Pulse
from etude.live.sounding import Sounding
from etude.live.tape import HUMAN, MODEL, Tape
from etude.live.timing import Timing

LEAST_CHANGE = 0.002  # of a tempo, to be written down


class Outlet:
    """A port that cannot leave a note hanging.

    A key struck while it sounds is ended first; the end of a key that does not sound is not sent.
    """

    def __init__(self, port: Port, clock: Clock, tape: Tape | None = None) -> None:
        self.port, self.clock = port, clock
        self.tape = tape if tape is not None else Tape()
        self.sounding, self.timing = Sounding(), Timing()
        self.human: set[int] = set()  # channels that a human plays on
        self.beat = 0.0  # of the pulse: where on the tape what is sent now belongs
        self.started = clock.now()
        self.tempos: list[tuple[float, float]] = []  # (beat of the pulse, beats a minute)
        self.meters: list[tuple[float, int, int]] = []  # (beat of the pulse, numerator, denominator)
        self.closing = False  # whether the last silence has begun

    def send(self, message: bytes, due: int | None = None, who: int = MODEL) -> None:
        """Sends `message`, which was to go at `due` (ns; None: at no certain time). Raises PortError."""
        if message[0] < 0xF0:
            if who == HUMAN:
                self.human.add(message[0] & 0x0F)
            place = (message[0] & 0x0F, message[1])
            if is_off(message) and place not in self.sounding.notes:
                return
            if is_on(message) and place in self.sounding.notes:
                self._out(note_off(*place), due, who)
        self._out(message, due, who)

    def _out(self, message: bytes, due: int | None, who: int) -> None:
        if not is_off(message) and not (is_control(message) and message[2] < 64):
            self.sounding.hear(message)  # first: should sending fail, it may still have gone out
        self.port.send(message)
        self.sounding.hear(message)
        now = self.clock.now()
        if message[0] < 0xF0:
            self.tape.add(self.beat, now - self.started, message, who)
        if due is not None:
            self.timing.add(due, now)

    def tell_tempo(self, pulse: Pulse) -> None:
        """Remembers the tempo, for the tape."""
        if not self.tempos or abs(self.tempos[-1][1] / pulse.tempo - 1) > LEAST_CHANGE:
            self.tempos.append((max(pulse.origin, 0.0), pulse.tempo))

    def release(self) -> None:
        """Ends what the model's notes left sounding and lifts its pedals; the channels of a human stay."""
        for message in self.sounding.released():
            if message[0] & 0x0F not in self.human:
                self._out(message, None, MODEL)

    def silence(self) -> bool:
        """Leaves nothing sounding on any channel that was used; whether every message got through.

        A port that fails does not stop the others, nor the messages still to come.
        """
        self.closing = whole = True
        for message in self.sounding.silence():
            try:
                self._out(message, None, MODEL)
            except PortError:
                whole = False
        return whole
