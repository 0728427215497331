"""The player on the virtual clock: when each message goes out, what an underrun, a pause and a seek do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from etude.errors import EtudeError
from etude.live import (
    Arrived,
    Heard,
    Lost,
    Order,
    Player,
    PortError,
    RecordingPort,
    Signalled,
    State,
    VirtualClock,
    cue,
    hanging,
)
from etude.live.messages import is_off, is_on
from etude.score import Event
from etude.testing.playing import notes, quarters, virtual_player

BEAT = 500_000_000  # ns at 120 beats a minute


def moments(port: RecordingPort, kind: Callable[[bytes], bool] = is_on) -> list[tuple[float, int]]:
    """(beats since the start, pitch) of the messages of a kind."""
    return [(at / BEAT, message[1]) for at, message in port.sent if kind(message)]


def test_notes_go_out_on_their_beats_and_ends_before_starts() -> None:
    player, _, port = virtual_player(quarters(8), 8.0)
    player.run()
    assert moments(port) == [(beat, 60 + beat) for beat in range(8)]
    assert moments(port, is_off) == [(beat + 1, 60 + beat) for beat in range(8)]
    assert [message[0] & 0xF0 for at, message in port.sent if at == BEAT] == [0x80, 0x90]
    assert player.underruns == 0
    assert player.outlet.timing.lateness().max == 0


def test_a_tempo_in_the_music_moves_what_comes_after_it_and_nothing_before() -> None:
    tempo = cue(2.0, 100, Event(0, "tempo", number=1_000_000))  # 60 beats a minute
    player, _, port = virtual_player([*quarters(4), tempo], 4.0)
    player.run()
    assert [at for at, _ in moments(port)] == [0, 1, 2, 4]
    fixed, _, port = virtual_player([*quarters(4), tempo], 4.0)
    fixed.free_tempo = False
    fixed.run()
    assert [at for at, _ in moments(port)] == [0, 1, 2, 3]


def test_a_key_struck_while_it_sounds_is_ended_first() -> None:
    player, _, port = virtual_player(notes((0.0, 3.0, 60), (1.0, 1.0, 60)), 4.0)
    player.run()
    kinds = [message[0] & 0xF0 for _, message in port.sent if message[0] & 0xF0 in (0x80, 0x90)]
    assert kinds == [0x90, 0x80, 0x90, 0x80]


class Alarm:
    """A listener that hears nothing and rings once."""

    def __init__(self, at: int) -> None:
        self.at: int | None = at

    def hear(self, player: Player, heard: Heard) -> None: ...

    def deadline(self) -> int | None:
        return self.at

    def wake(self, player: Player, now: int) -> None:
        self.at = None


def run_until(player: Player, beats: float) -> None:
    alarm = player.listener = Alarm(round(beats * BEAT))
    while alarm.at is not None and not player.finished:
        player.turn()


def test_on_an_underrun_notes_end_and_music_comes_back_on_a_bar_line_without_a_burst() -> None:
    player, source, port = virtual_player(quarters(24), 24.0, look_ahead=4.0)
    source.stall = 6.5
    run_until(player, 13.2)  # the stall ends in the middle of a bar
    assert player.transport.state is State.HOLDING
    assert player.underruns == 1
    assert not hanging(message for _, message in port.sent)
    source.stall = None
    source.ahead(16.0)
    player.run()
    starts = moments(port)
    assert [at for at, _ in starts[:7]] == [0, 1, 2, 3, 4, 5, 6]
    assert starts[7:] == [(16.0 + beat, 60 + (8 + beat) % 12) for beat in range(16)]  # bar 3 sounds in bar 5
    assert player.underruns == 1
    assert player.missed == 0


def test_a_pause_silences_and_goes_on_where_it_was() -> None:
    player, _, port = virtual_player(quarters(8), 8.0)
    run_until(player, 2.5)
    player.take(Order("pause"))
    assert not hanging(message for _, message in port.sent)
    run_until(player, 10)
    assert len(moments(port)) == 3
    player.take(Order("pause"))
    player.run()
    assert [pitch for _, pitch in moments(port)] == [60 + beat for beat in range(8)]


def test_seeking_back_plays_the_bar_before_again() -> None:
    player, _, port = virtual_player(quarters(12), 12.0)
    run_until(player, 6.5)
    player.take(Order("seek", -1))
    player.run()
    heard = [pitch - 60 for _, pitch in moments(port)]
    assert heard == [0, 1, 2, 3, 4, 5, 6, *range(12)]


def test_seeking_forward_stops_at_the_last_bar_that_arrived() -> None:
    player, _, port = virtual_player(quarters(16), 16.0, look_ahead=8.0)
    run_until(player, 0.5)
    player.take(Order("seek", 5))
    player.run()
    assert [pitch - 60 for _, pitch in moments(port)] == [0, *(beat % 12 for beat in range(4, 16))]


def test_a_change_of_model_cuts_the_music_at_the_next_bar_line() -> None:
    player, source, port = virtual_player(notes((0.0, 3.0, 60), (3.5, 8.0, 61), (4.0, 1.0, 62)), 16.0)
    run_until(player, 3.6)
    player.take(Order("restart", {"seed": 2}))
    name, value = source.told[-1]
    assert (name, value["beat"], value["seed"], value["generation"]) == ("restart", 4.0, 2, 1)
    player.take(Arrived(tuple(notes((6.0, 1.0, 70))), 8.0, 0, True))  # of the old generation: too late
    player.take(Arrived(tuple(notes((4.0, 1.0, 72))), 5.0, 1, True))
    player.run()
    assert moments(port) == [(0, 60), (3.5, 61), (4, 72)]
    assert (4.0, 61) in moments(port, is_off)


@pytest.mark.parametrize("news", [Lost("it died"), Signalled(15), Order("quit")])
def test_whatever_stops_it_leaves_nothing_sounding(news: object) -> None:
    pedal = cue(0.0, 99, Event(0, "control", number=64, value=127))
    player, _, port = virtual_player([*notes((0.0, 9.0, 60), (0.5, 9.0, 64)), pedal], 16.0)
    run_until(player, 1.0)
    player.inbox.put(news)
    player.run()
    messages = [message for _, message in port.sent]
    assert not hanging(messages)
    last = [message[1] for message in messages[-6:]]
    assert last == [60, 64, 64, 66, 123, 120]  # ends of notes, pedals, all notes off, all sound off
    if isinstance(news, Lost):
        with pytest.raises(EtudeError, match="it died"):
            player.check()


class Breaking(RecordingPort):
    """Fails once at its `at`-th message, after or before it went out."""

    at, sends_first = 0, False

    def send(self, message: bytes) -> None:
        fails = len(self.sent) == self.at
        if not fails or self.sends_first:
            super().send(message)
        if fails:
            self.at = -1
            raise PortError("unplugged")


@pytest.mark.parametrize("sends_first", [False, True])
@pytest.mark.parametrize("at", range(0, 40, 3))
def test_an_error_at_any_message_leaves_nothing_sounding(at: int, sends_first: bool) -> None:
    port = Breaking(VirtualClock())
    port.at, port.sends_first = at, sends_first
    cues = [*notes(*((beat / 4, 1.0, 50 + beat) for beat in range(20)))]
    player, _, _ = virtual_player(cues, 8.0, port)
    with pytest.raises(PortError):
        player.run()
    assert not hanging(message for _, message in port.sent)


def test_density_leaves_notes_out_and_register_moves_them_with_their_ends() -> None:
    player, _, port = virtual_player(quarters(64), 64.0)
    player.take(Order("density", 0.0))
    player.take(Order("register", 1))
    player.run()
    on, off = moments(port), moments(port, is_off)
    assert 20 <= len(on) <= 44
    assert {pitch for _, pitch in on} <= set(range(72, 84))
    assert [(at + 1, pitch) for at, pitch in on] == off


def test_two_runs_on_the_virtual_clock_give_the_same_bytes() -> None:
    sent = []
    for _ in range(2):
        player, _, port = virtual_player(quarters(30), 30.0)
        player.run()
        sent.append(port.bytes())
    assert sent[0] == sent[1]


def test_the_clock_sends_24_ticks_a_quarter_and_says_where_it_goes_on() -> None:
    player, _, port = virtual_player(quarters(8), 8.0)
    player.ticker.on = True
    run_until(player, 2.5)
    player.take(Order("pause"))
    run_until(player, 3.2)
    player.take(Order("pause"))
    player.run()
    told = [message for _, message in port.sent if message[0] > 0xF0 and message != b"\xf8"]
    assert told == [b"\xfa", b"\xfc", bytes([0xF2, 10, 0]), b"\xfb", b"\xfc"]
    start = next(at for at, message in port.sent if message == b"\xfa")
    ticks = [at for at, message in port.sent if message == b"\xf8" and start <= at < 2 * BEAT]
    assert len(ticks) == 48
    assert max(abs(at - start - index * BEAT / 24) for index, at in enumerate(ticks)) < 1000
