"""The small parts: messages, silence, bars, shape, tape, figures, controllers, ports by name."""

from __future__ import annotations

import os
from queue import SimpleQueue

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.errors import UsageError
from etude.live import Arrived, Order, PortError, Ports, Pulse, RecordingPort, Tape, VirtualClock, hanging
from etude.live.bars import Bars
from etude.live.controllers import DEFAULT, Knobs, controller_map
from etude.live.keys import ORDERS as KEYS
from etude.live.keys import keys
from etude.live.lookahead import Lookahead
from etude.live.messages import Parser, note_off, note_on, song_position
from etude.live.news import Heard
from etude.live.orders import ORDERS, obey
from etude.live.sockets import address
from etude.live.sounding import Sounding, panic
from etude.live.timing import Timing, steadiness
from etude.testing.playing import notes, quarters, virtual_player

MESSAGES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from([0x80, 0x90, 0xB0, 0xE0]), st.integers(0, 15), st.integers(0, 127), st.integers(0, 127)
        ),
        st.tuples(st.just(0xB0), st.integers(0, 15), st.sampled_from([64, 66, 120, 123]), st.integers(0, 127)),
    ).map(lambda row: bytes([row[0] | row[1], row[2], row[3]])),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_after_silence_nothing_sounds_whatever_came_before(messages: list[bytes]) -> None:
    table = Sounding()
    for message in messages:
        table.hear(message)
    explicit = hanging(messages)  # all-notes-off counts for nothing there
    known = {(channel, pitch) for channel, pitch in explicit if pitch < 128}
    assert table.notes <= known
    if not any(message[0] & 0xF0 == 0xB0 and message[1] in (120, 123) for message in messages):
        assert not hanging([*messages, *table.silence()])
        assert not hanging([*messages, *table.released()])


def test_silence_ends_notes_before_it_lifts_pedals_and_pedals_before_all_off() -> None:
    table = Sounding()
    for message in (note_on(3, 60, 9), note_on(3, 64, 9), bytes([0xB3, 64, 127]), note_on(5, 1, 9), note_off(5, 1)):
        table.hear(message)
    expected = ["83 3c 40", "83 40 40"]
    expected += [f"b{channel} {number:02x} 00" for channel in (3, 5) for number in (64, 66, 123, 120)]
    assert [message.hex(" ") for message in table.silence()] == expected
    assert len(panic()) == 16 * (128 + 4)


@given(MESSAGES, st.integers(1, 7))
@settings(max_examples=40, deadline=None)
def test_a_stream_cut_anywhere_gives_the_same_messages(messages: list[bytes], size: int) -> None:
    stream = b"".join(messages)
    parser = Parser()
    parts = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [message for part in parts for message in parser.feed(part)] == messages


def test_the_parser_keeps_running_status_and_passes_over_what_is_none_of_its_business() -> None:
    stream = bytes.fromhex("90 3c 40 f8 3e 40 f0 01 02 f7 b0 07 7f f2 08 00 c1 05 06 3c")
    heard = [message.hex() for message in Parser().feed(stream)]
    assert heard == ["903c40", "f8", "903e40", "b0077f", "f20800", "c105", "c106", "c13c"]


def test_bars_follow_the_meters() -> None:
    bars = Bars()
    bars.change(1.0, 3.0)  # after a pickup of a quarter
    bars.change(7.0, 2.0)
    lines = [0.0]
    while lines[-1] < 10:
        lines.append(bars.after(lines[-1]))
    assert lines == [0, 1, 4, 7, 9, 11]
    assert bars.before(8.9) == 7
    assert bars.at_or_after(4.0) == 4
    bars.forget(7.0)
    assert bars.after(7.5) == 10


def test_a_chord_waits_until_nothing_can_join_it() -> None:
    music = Lookahead(Bars())
    one, _, two, _, later, _ = notes((1.0, 1.0, 60), (1.0, 1.0, 64), (2.0, 1.0, 60))
    music.arrive(Arrived((one,), 1.0))
    assert music.ready() is None
    music.arrive(Arrived((two, later), 2.0))
    assert [music.take().event.number for _ in range(2) if music.ready()] == [60, 64]
    assert music.ready() is None
    music.arrive(Arrived((), 2.0, ended=True))
    assert music.ready() == later


@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(20, 400)), max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_change_of_tempo_leaves_the_past_where_it_was(changes: list[tuple[float, float]]) -> None:
    pulse, beat = Pulse(1000, 0.0, 120.0), 0.0
    for step, tempo in changes:
        beat += step
        before = pulse.ns(beat)
        pulse.change(beat, tempo)
        assert pulse.ns(beat) == before
        assert pulse.beat(pulse.ns(beat + 3)) == pytest.approx(beat + 3, abs=1e-6)


def test_the_tape_gives_back_what_was_put_on_it_and_stays_small() -> None:
    tape = Tape()
    sent = [bytes([0x90, 60, 80]), bytes([0xC3, 0]), bytes([0x80, 0, 0]), bytes([0xE0, 127, 127])]
    for number, message in enumerate(sent):
        tape.add(number / 3, number * 10**12, message, number % 2)
    assert [(s.message, s.ns, s.who) for s in tape] == [
        (message, number * 10**12, number % 2) for number, message in enumerate(sent)
    ]
    assert tape.beats.itemsize + tape.times.itemsize + tape.messages.itemsize == 20


def test_figures_say_what_was_put_in() -> None:
    timing = Timing()
    for number in range(1000):
        due = number * 10_000_000
        for place in range(2):  # chords of two, the second 0.2 ms later; 1 ms lost every second
            timing.add(due, due + number * 10_000 + place * 200_000)
    drift, late, chords = timing.drift(), timing.lateness(), timing.chords()
    assert drift
    assert late
    assert chords
    assert drift.ms == pytest.approx(600, rel=0.02)
    assert drift.low - 1e-3 <= 600 <= drift.high + 1e-3
    assert late.max == pytest.approx(10.19, abs=0.01)
    assert chords.p50 == pytest.approx(0.2, abs=1e-4)
    assert timing.first(2).lateness().max == pytest.approx(0.2)  # type: ignore[union-attr]
    jitter = steadiness(np.array([0, 100, 250, 300]) * 1_000_000, 100e6)
    assert jitter
    assert jitter.max == 50


def test_controllers_reach_the_ends_of_what_they_move() -> None:
    player, source, _ = virtual_player(quarters(4), 4.0)
    knobs = Knobs(controller_map("temperature=7,density=8,register=9"))
    for number in (7, 8, 9):
        knobs.hear(player, Heard(0, bytes([0xB2, number, 127])))
    assert source.told[-1] == ("temperature", 2.0)
    assert (player.shape.density, player.shape.register) == (1.0, 2)
    for number in (7, 8, 9, 10):
        knobs.hear(player, Heard(0, bytes([0xB2, number, 0])))
    assert source.told[-1] == ("temperature", 0.1)
    assert (player.shape.density, player.shape.register) == (0.0, -2)
    assert controller_map(None) == DEFAULT
    for wrong in ("tempo=3", "density", "density=300"):
        with pytest.raises(UsageError, match="moves nothing"):
            controller_map(wrong)


def test_every_key_gives_an_order_that_is_known() -> None:
    assert {order.name for order in KEYS.values()} <= set(ORDERS)
    player, source, _ = virtual_player(quarters(4), 4.0)
    for key in "[[":
        obey(player, KEYS[key])
    assert source.told[-1] == ("temperature", pytest.approx(0.8))
    obey(player, KEYS["\x1b[A"])
    assert player.transport.pulse.tempo == pytest.approx(126)
    obey(player, KEYS["q"])
    assert player.finished
    with pytest.raises(UsageError, match="no order 'dance'"):
        obey(player, Order("dance"))


def test_keys_of_a_terminal_become_orders_and_the_terminal_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    master, slave = pty.openpty()
    inbox: SimpleQueue[Order] = SimpleQueue()
    with open(slave) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        before = termios.tcgetattr(slave)
        with keys(inbox) as there:
            assert there
            os.write(master, b" x\x1b[D!q")
            assert [inbox.get(timeout=10).name for _ in range(4)] == ["pause", "seek", "panic", "quit"]
            assert termios.tcgetattr(slave) != before
        assert termios.tcgetattr(slave) == before
    os.close(master)


def test_when_one_of_several_ports_fails_the_others_still_get_the_message() -> None:
    broken, whole = RecordingPort(VirtualClock()), RecordingPort(VirtualClock())
    broken.close()
    with pytest.raises(PortError):
        Ports([broken, whole]).send(note_on(0, 60, 1))
    assert len(whole.sent) == 1


def test_song_positions_and_socket_names() -> None:
    assert song_position(4.0) == bytes([0xF2, 16, 0])
    assert song_position(1e9) == bytes([0xF2, 127, 127])
    assert address("socket:localhost:9080") == ("localhost", 9080)
    for wrong in ("socket:9080", "socket:a:b", "localhost:9080", "socket:a:99999"):
        with pytest.raises(UsageError, match="socket"):
            address(wrong)
