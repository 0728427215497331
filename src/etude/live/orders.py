"""What a person can ask for while it plays, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.live.bars import CLOSE
from etude.live.news import Order
from etude.live.sounding import panic
from etude.live.transport import State

if TYPE_CHECKING:
    from etude.live.player import Player

COLDEST, HOTTEST = 0.1, 2.0  # temperatures that keys and controllers reach
LEAD = 0.25  # beats that a change at the next bar needs at least
LEAST = 0.01  # beats: no bar is shorter


def obey(player: Player, order: Order) -> None:
    """Does what `order` asks for. Raises UsageError for a name that means nothing."""
    if order.name not in ORDERS:
        raise UsageError(f"There is no order '{order.name}'. Possible: {', '.join(ORDERS)}.")
    ORDERS[order.name](player, order.value)


def _quit(player: Player, _: Any) -> None:
    player.finished = True


def _pause(player: Player, _: Any) -> None:
    """Pauses, or goes on."""
    transport, now = player.transport, player.clock.now()
    if transport.state is State.PAUSED:
        player.start(now, transport.resting)
    elif transport.state is not State.WAITING:
        # on a sixteenth, which is what a song position can say
        player.rest(State.PAUSED, int(transport.position(now) * 4 + CLOSE) / 4)


def _seek(player: Player, bars: int) -> None:
    """Goes back (negative) or on by bars, as far as the music is remembered or has arrived."""
    transport, now = player.transport, player.clock.now()
    if transport.state is State.WAITING:
        return
    here = transport.bars.before(transport.position(now))
    for _ in range(abs(bars)):
        here = transport.bars.before(here - LEAST) if bars < 0 else transport.bars.after(here)
    seek_to(player, here)


def seek_to(player: Player, beat: float) -> None:
    """Goes on at `beat` of the music, or as near to it as music is remembered or has arrived."""
    music, transport, now = player.music, player.transport, player.clock.now()
    before = transport.bars.before(music.horizon - LEAST)
    beat = min(max(beat, music.earliest(), 0.0), max(before, 0.0))
    paused = transport.state is State.PAUSED
    player.rest(State.PAUSED, beat)
    music.rewind(beat)
    while (cue := music.ready()) is not None and cue.beat < beat - CLOSE:
        music.take()
    if not paused:
        player.start(now, beat)


def _tempo(player: Player, factor: float) -> None:
    """Multiplies the tempo."""
    pulse = player.transport.pulse
    player.transport.change_tempo(player.clock.now(), pulse.tempo * factor)
    player.speed *= factor
    player.outlet.tell_tempo(pulse)


def _temperature(player: Player, value: float) -> None:
    player.source.tell("temperature", min(max(value, COLDEST), HOTTEST))


def _warmer(player: Player, step: float) -> None:
    """Adds to the temperature."""
    player.temperature = min(max(player.temperature + step, COLDEST), HOTTEST)
    _temperature(player, player.temperature)


def _density(player: Player, value: float) -> None:
    player.shape.density = min(max(value, 0.0), 1.0)


def _register(player: Player, octaves: int) -> None:
    player.shape.register = octaves


def _panic(player: Player, _: Any) -> None:
    """Silence on everything, used or not; the music goes on with its next note."""
    player.outlet.release()
    for message in panic():
        player.outlet.port.send(message)
    player.shape.forget()


def _record(player: Player, _: Any) -> None:
    """Stops the tape, or lets it run on."""
    player.outlet.tape.on = not player.outlet.tape.on


def _restart(player: Player, change: dict[str, Any]) -> None:
    """Another model or seed from the next bar line on."""
    transport = player.transport
    here = transport.position(player.clock.now())
    line = transport.bars.after(here + LEAD)
    generation = player.music.cut(line)
    player.asked = -1.0
    player.source.tell("restart", {**change, "beat": line, "generation": generation})


def _next_model(player: Player, _: Any) -> None:
    """The next of the models at hand, from the next bar line on; without another one nothing happens."""
    if player.models:
        player.models.append(player.models.pop(0))
        _restart(player, {"model": player.models[-1]})


ORDERS: dict[str, Callable[[Player, Any], None]] = {
    "quit": _quit,
    "pause": _pause,
    "seek": _seek,
    "tempo": _tempo,
    "temperature": _temperature,
    "warmer": _warmer,
    "density": _density,
    "register": _register,
    "panic": _panic,
    "record": _record,
    "restart": _restart,
    "next model": _next_model,
}
