"""Following another machine's MIDI clock: its ticks come with jitter, the pulse must not."""

from __future__ import annotations

from etude.live import messages
from etude.live.news import Heard
from etude.live.orders import seek_to
from etude.live.player import Player
from etude.live.pulse import NS_A_MINUTE
from etude.live.transport import State

PHASE, PERIOD = 0.12, 0.012  # shares of an error that move the phase and the period (alpha-beta filter)
FAST_PHASE, FAST_PERIOD = 0.5, 0.15  # while the tempo is found anew
LOST = 3  # ticks in a row off to the same side by more than FAR of a tick: the tempo has changed
FAR = 0.12
SETTLING = 24  # ticks that the fast shares last
SILENT = 1_000_000_000  # ns without a tick: the other machine has stopped sending


class Follower:
    """An estimate of when ticks fall, from ticks that jitter.

    An alpha-beta filter: each tick is predicted from phase and period, and a share of the error moves both. Where
    several errors in a row say the same the tempo has changed, and the shares are larger for a while.
    """

    def __init__(self) -> None:
        self.count = -1  # of the last tick
        self.phase = 0.0  # ns at which that tick fell, smoothed
        self.period = 0.0  # ns a tick; 0 before two ticks
        self.heard = 0  # ns of the last tick as it came
        self.settling = SETTLING
        self.same = 0  # ticks in a row that were far off to one side; negative: early

    def tick(self, at: int) -> None:
        """Takes in one tick that came at `at` (ns)."""
        self.count += 1
        pause = at - self.heard
        self.heard = at
        if self.count == 0 or pause > SILENT:
            self.phase, self.period, self.settling = float(at), 0.0, SETTLING
            return
        if not self.period:
            self.phase, self.period = float(at), float(pause)
            return
        expected = self.phase + self.period
        error = at - expected
        self._watch(error)
        fast = self.settling > 0
        self.settling = max(0, self.settling - 1)
        self.phase = expected + (FAST_PHASE if fast else PHASE) * error
        self.period += (FAST_PERIOD if fast else PERIOD) * error

    def _watch(self, error: float) -> None:
        """Notices a change of tempo."""
        if abs(error) < FAR * self.period:
            self.same = 0
            return
        side = 1 if error > 0 else -1
        self.same = self.same + side if self.same * side >= 0 else side
        if abs(self.same) >= LOST:
            self.settling, self.same = SETTLING, 0

    @property
    def tempo(self) -> float:
        """Beats a minute; 0 before two ticks."""
        return NS_A_MINUTE / (self.period * messages.CLOCKS) if self.period else 0.0


class Following:
    """A listener that lets an external clock start, stop and lead the player."""

    def __init__(self) -> None:
        self.follower = Follower()
        self.armed = False  # started, waiting for the first tick
        self.beat = 0.0  # of the music, at that tick
        self.origin = 0.0  # beat of the pulse at tick 0

    def hear(self, player: Player, heard: Heard) -> None:
        """Takes a tick, start, stop, continue or song position; other messages are left alone."""
        status = heard.message[0]
        if status == messages.CLOCK:
            self._tick(player, heard.at)
        elif status == messages.START:
            self._arm(0.0)
        elif status == messages.CONTINUE:
            self._arm(self.beat)
        elif status == messages.STOP:
            self._stop(player)
        elif status == messages.SONG_POSITION:
            self.beat = (heard.message[1] | heard.message[2] << 7) / 4

    def _arm(self, beat: float) -> None:
        self.armed, self.beat = True, beat

    def _stop(self, player: Player) -> None:
        transport, now = player.transport, player.clock.now()
        if transport.state in (State.PLAYING, State.HOLDING):
            self.beat = int(transport.position(now) * 4 + 1e-6) / 4
            player.rest(State.PAUSED, self.beat)

    def _tick(self, player: Player, at: int) -> None:
        follower, transport = self.follower, player.transport
        follower.tick(at)
        if follower.period:
            # the pulse goes through where this tick is believed to belong
            beat = self.origin + follower.count / messages.CLOCKS
            transport.pulse.anchor(round(follower.phase), beat, follower.tempo)
            player.outlet.tell_tempo(transport.pulse)
        if self.armed:
            self._begin(player, at)

    def _begin(self, player: Player, at: int) -> None:
        """Plays from the armed beat, which falls on this tick; without music yet, from a bar line to come."""
        self.armed = False
        transport = player.transport
        if transport.state is not State.WAITING:
            player.rest(State.PAUSED, transport.resting)
            seek_to(player, self.beat)
            player.start(at, transport.resting)
        elif player.music.horizon > 0:
            player.start(at, 0.0)
        else:
            player.start(at, 0.0)
            transport.hold(0.0)
        self.origin = transport.pulse.beat(at) - self.follower.count / messages.CLOCKS

    def deadline(self) -> int | None:
        """Nothing is due: ticks come by themselves."""
        return None

    def wake(self, player: Player, now: int) -> None:
        """Nothing."""
