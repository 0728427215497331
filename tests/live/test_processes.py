"""A player, its generator and an instrument in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import mido.sockets
import pytest

from etude.errors import EtudeError
from etude.lab.stage.process import Process
from etude.live import Arrived, Lost, MonotonicClock, PortError
from etude.live.messages import note_on
from etude.live.sockets import SocketIn, SocketOut
from etude.testing.killing import WAYS, kill_once

CODES = {
    "SIGINT": 130,
    "SIGTERM": 143,
    "SIGHUP": 129,
    "twice SIGINT": 130,
    "generator killed": 1,
    "generator fails": 1,
    "player fails": 1,
}


@pytest.mark.parametrize(("how", "after"), [(how, 0.07 + 0.09 * place) for place, how in enumerate(WAYS)])
def test_whatever_ends_a_player_leaves_nothing_sounding(how: str, after: float) -> None:
    outcome = kill_once(how, after)
    assert outcome.struck > 0
    assert not outcome.hanging
    assert outcome.silenced
    # a second Ctrl-C may break in, or come when the silence has begun
    assert outcome.code == CODES[how] or (how == "twice SIGINT" and outcome.code == -signal.SIGINT)


def test_the_generator_makes_no_more_than_was_asked_for_and_loads_no_torch() -> None:
    inbox: SimpleQueue[Any] = SimpleQueue()
    source = Process("pattern", {"bars": 4}, inbox)
    try:
        source.ready()
        source.ahead(3.0)
        first = inbox.get(timeout=20)
        while first.horizon < 3:
            first = inbox.get(timeout=20)
        assert isinstance(first, Arrived)
        assert first.horizon <= 4.0
        assert inbox.empty()
        source.ahead(99.0)
        while not first.ended:
            first = inbox.get(timeout=20)
        assert first.horizon == 16.0
        maps = Path(f"/proc/{source.child.pid}/maps")
        if maps.exists():
            assert "torch" not in maps.read_text()
    finally:
        source.close()
    assert not any(isinstance(left, Lost) for left in iter(lambda: None if inbox.empty() else inbox.get(), None))


def test_a_generator_that_cannot_begin_says_why_with_its_exit_code() -> None:
    source = Process("model", {"model": "no/such/model"}, SimpleQueue())
    with pytest.raises(EtudeError, match="There is no model") as caught:
        source.ready()
    assert caught.value.exit_code == 3


def test_the_socket_port_speaks_with_mido() -> None:
    server = mido.sockets.PortServer("127.0.0.1", 0)
    try:
        name = f"socket:127.0.0.1:{server._socket.getsockname()[1]}"
        out = SocketOut(name)
        connection = server.accept()
        out.send(note_on(2, 60, 99))
        assert connection.receive() == mido.Message("note_on", channel=2, note=60, velocity=99)
        out.close()
        heard: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        keyboard = SocketIn(name, MonotonicClock(), lambda at, message: heard.put((at, message)))
        server.accept().send(mido.Message("control_change", channel=1, control=7, value=3))
        assert heard.get(timeout=10)[1] == bytes([0xB1, 7, 3])
        keyboard.close()
    finally:
        server.close()
    with pytest.raises(PortError, match="Nobody takes MIDI"):
        SocketOut(name)


def test_playing_loads_no_torch() -> None:
    code = (
        "import sys, json\n"
        "import etude.lab.stage.playing, etude.lab.stage.jam, etude.lab.stage.selftest, etude.lab.stage.child\n"
        "import etude.lab.stage.generator, etude.lab.stage.partner, etude.live.drivers, etude.live.keys\n"
        "print(json.dumps([name for name in ('torch', 'rtmidi', 'matplotlib') if name in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == []
