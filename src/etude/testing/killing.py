"""A player killed at random moments, and what its instrument is left with: `python -m etude.testing.killing 200`.

The instrument is a TCP port in this process, so what was sent before the end is heard to the last byte.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import psutil

from etude.live import hanging
from etude.live.messages import ALL_SOUND_OFF, Parser, is_on

PLAYER = """
import json, signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a player in the background, or under nohup, is deaf to some of them
    signal.signal(getattr(signal, name), signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
from etude.lab.stage.playing import Setting, finish, on_stage, perform
from etude.lab.stage.wiring import outgoing
port, task = sys.argv[1], json.loads(sys.argv[2])
with on_stage("pattern", task, outgoing(port), Setting(tempo=240.0)) as (player, facts):
    if len(sys.argv) > 3:
        class Failing:
            def hear(self, player, news): pass
            def deadline(self): return at
            def wake(self, player, now): raise RuntimeError("on purpose")
        at = player.clock.now() + int(float(sys.argv[3]) * 1e9)
        player.listener = Failing()
    played = perform(player, facts, Setting(), lambda text: None)
finish(played, Setting(), "")
sys.exit(played.code)
"""
PATIENCE = 20.0  # seconds for anything to happen
BEATS, AHEAD = 4, 9.0  # a second at the tempo of 240; beats a little beyond those that must lie ready
WAYS = ("SIGINT", "SIGTERM", "SIGHUP", "twice SIGINT", "generator killed", "generator fails", "player fails")


@dataclass(frozen=True)
class Outcome:
    """What one end left: hanging notes and pedals, the milliseconds from the kill to the last byte (None where the
    player ended by itself), whether all-sound-off came last, and the exit code."""

    how: str
    hanging: set[tuple[int, int]]
    ms: float | None
    silenced: bool
    code: int
    struck: int  # notes that were played at all


def kill_once(how: str, after: float) -> Outcome:
    """The Outcome of a player that is ended `how` (one of WAYS) `after` seconds after its first note."""
    # the generator is asked for so much more only once the music plays
    task: dict[str, Any] = {"die_at": AHEAD + BEATS * after} if how == "generator fails" else {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        name = f"socket:127.0.0.1:{server.getsockname()[1]}"
        late = [str(after + 0.3)] if how == "player fails" else []
        player = subprocess.Popen(
            [sys.executable, "-c", PLAYER, name, json.dumps(task), *late], stderr=subprocess.DEVNULL
        )
        try:
            connection, _ = server.accept()
            with connection:
                return _heard(how, after, player, connection)
        finally:
            player.kill()
            player.wait()


def _heard(how: str, after: float, player: subprocess.Popen[bytes], connection: socket.socket) -> Outcome:
    """Listens until the end, and brings it about. Raises TimeoutError when it does not come."""
    parser, messages, last, killed = Parser(), [], 0.0, None
    connection.settimeout(PATIENCE)
    first: float | None = None
    while True:
        if killed is not None and time.monotonic() > killed + PATIENCE:
            raise TimeoutError(f"{how}: the player plays on")
        if killed is None and first is not None:
            left = first + after - time.monotonic()
            if left <= 0:
                killed = _end(how, player)
                connection.settimeout(PATIENCE)
            else:
                connection.settimeout(left)
        try:
            data = connection.recv(65536)
        except TimeoutError:
            if killed is None and first is not None:
                continue
            raise
        if not data:
            break
        last = time.monotonic()
        messages += list(parser.feed(data))
        if first is None and any(map(is_on, messages)):
            first = last
    code = player.wait(PATIENCE)
    by_itself = how in ("generator fails", "player fails")
    quiet = len(messages) > 0 and messages[-1][1:2] == bytes([ALL_SOUND_OFF])
    ms = None if by_itself or killed is None else (last - killed) * 1e3
    return Outcome(how, hanging(messages), ms, quiet, code, sum(map(is_on, messages)))


def _end(how: str, player: subprocess.Popen[bytes]) -> float:
    """Does it; the moment at which it was done."""
    now = time.monotonic()
    if how == "generator killed":
        for child in psutil.Process(player.pid).children():
            child.kill()
    elif how == "twice SIGINT":
        player.send_signal(signal.SIGINT)
        player.send_signal(signal.SIGINT)
    elif how.startswith("SIG"):
        player.send_signal(getattr(signal, how))
    return now


def many(count: int, seed: int = 0) -> list[Outcome]:
    """The outcomes of `count` kills at random moments in the first second and a half, each way in turn."""
    chance = random.Random(seed)
    return [kill_once(WAYS[number % len(WAYS)], chance.uniform(0.0, 1.5)) for number in range(count)]


def main() -> None:
    """Prints a row for each way of ending."""
    outcomes = many(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    for how in WAYS:
        mine = [one for one in outcomes if one.how == how]
        times = sorted(one.ms for one in mine if one.ms is not None)
        shown = f"p50 {times[len(times) // 2]:.1f} max {times[-1]:.1f} ms" if times else "-"
        left = sum(len(one.hanging) for one in mine)
        codes = sorted({one.code for one in mine})
        print(f"{how:18}{len(mine):4} kills  {left} hanging  silent after {shown}  exit codes {codes}")
    print(f"{len(outcomes)} kills, {sum(len(one.hanging) for one in outcomes)} hanging notes or pedals")


if __name__ == "__main__":
    main()
