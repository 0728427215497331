"""Real MIDI between two processes, over JACK with the dummy driver: `.ci/jack pytest tests/live` starts it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import pytest

from etude.errors import EtudeError, UsageError
from etude.live import MonotonicClock, hanging
from etude.live.messages import ALL_SOUND_OFF, is_on, note_off, note_on

PLAYER = """
from etude.lab.stage.playing import Setting, finish, on_stage, perform
from etude.lab.stage.selftest import Echo
from etude.lab.stage.wiring import incoming, outgoing
with on_stage("pattern", {}, outgoing(None, virtual=True), Setting()) as (player, facts):
    player.listener = Echo()
    heard = incoming("etude in", player, virtual=True)
    print("ready", flush=True)
    try:
        played = perform(player, facts, Setting(), lambda text: None)
    finally:
        heard.close()
finish(played, Setting(), "")
raise SystemExit(played.code)
"""

CLOSING = """
import subprocess, sys, time
from etude.live import MonotonicClock
from etude.live.drivers import DriverIn
sender = "from etude.live.drivers import DriverOut\\nport = DriverOut('flooded')\\nprint(flush=True)\\n"
sender += "while True: port.send(bytes([0x90, 60, 1]))"
sys.setswitchinterval(0.5)
for _ in range(3):
    heard = []
    port = DriverIn("flooded", MonotonicClock(), lambda at, message: heard.append(message), virtual=True)
    flood = subprocess.Popen([sys.executable, "-c", sender], stdout=subprocess.PIPE)
    flood.stdout.readline()
    while not heard:
        time.sleep(0.01)
    until = time.monotonic() + 0.05
    while time.monotonic() < until:
        pass  # holds the lock of Python, so that the driver's thread waits for it with a message
    port.close()
    flood.kill()
    flood.communicate()
print("closed")
"""


@pytest.fixture(scope="module", autouse=True)
def _server() -> None:
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed: pip install 'etude[live]'")
    from etude.live.drivers import JACK, drivers

    if JACK not in drivers():
        pytest.skip("no JACK server answers; `.ci/jack COMMAND` starts one with the dummy driver")
    assert rtmidi


@pytest.fixture
def player() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", PLAYER], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_player_and_its_listener_in_two_processes(player: subprocess.Popen[str]) -> None:
    from etude.live.drivers import DriverIn, DriverOut, listed

    names = {(port.name, port.direction) for port in listed()}
    assert any("etude in" in name and direction == "out" for name, direction in names)
    came: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
    clock = MonotonicClock()
    instrument = DriverIn("etude:etude", clock, lambda at, message: came.put((at, message)))
    keyboard = DriverOut("etude in")
    try:
        sent = [note_on(15, 40 + number, 1 + number) for number in range(40)]
        for message in sent:
            keyboard.send(message)
            time.sleep(0.01)
        heard = _until(came, lambda messages: sent[-1] in messages)
        echoes = [message for message in heard if message[0] == 0x9F]
        # whole, and in order; on an overloaded machine JACK may deliver a period twice
        assert [one for one, before in zip(echoes, [b"", *echoes]) if one != before] == sent
        assert sum(map(is_on, heard)) > len(sent)  # the music went on meanwhile
        for message in sent:
            keyboard.send(note_off(15, message[1]))
        player.terminate()
        heard += _until(came, lambda messages: any(message[1:2] == bytes([ALL_SOUND_OFF]) for message in messages))
        time.sleep(0.2)
        while not came.empty():
            heard.append(came.get()[1])
        assert not hanging(heard)
        assert player.wait(30) == 143
    finally:
        keyboard.close()
        instrument.close()


def test_a_port_closes_while_messages_come() -> None:
    done = subprocess.run([sys.executable, "-c", CLOSING], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "closed\n"), done.stderr


def _until(came: SimpleQueue[tuple[int, bytes]], enough) -> list[bytes]:
    messages: list[bytes] = []
    while not enough(messages):
        try:
            messages.append(came.get(timeout=10)[1])
        except Empty:
            raise AssertionError(f"only {len(messages)} messages came") from None
    return messages


def test_a_port_that_is_not_there_is_named_with_those_that_are() -> None:
    from etude.live.drivers import DriverOut

    with pytest.raises(UsageError, match=r"no MIDI port with 'no such'.*etude ports"):
        DriverOut("no such")
    port = DriverOut("mine", virtual=True)
    port.send(note_on(0, 60, 1))
    port.close()
    port.close()
    with pytest.raises(EtudeError, match="closed"):
        port.send(note_on(0, 60, 1))
