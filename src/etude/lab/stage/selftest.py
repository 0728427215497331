"""How punctual this machine plays: a session into a recording port, measured from the outside."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from etude.errors import EtudeError
from etude.lab.stage.playing import Played, Setting, on_stage, perform
from etude.lab.stage.process import Process
from etude.live import Clock, Heard, Order, Player, RecordingPort, hanging
from etude.live.messages import CLOCK, note_off, note_on
from etude.live.timing import MS, as_answer, spread, steadiness

PAUSES = 20  # stops that are timed
BETWEEN = 0.15  # seconds between them
PROBES = 0.025, 0.035  # seconds between two notes that are echoed
PROBE_CHANNEL = 15
TEMPO = 120.0  # of the pattern
Say = Callable[[str], None]


class Echo:
    """A listener that sends on at once what it hears, and times it."""

    def __init__(self) -> None:
        self.ms: list[float] = []

    def hear(self, player: Player, heard: Heard) -> None:
        """Sends the message on."""
        player.outlet.send(heard.message)
        self.ms.append((player.clock.now() - heard.at) / MS)

    def deadline(self) -> int | None:
        """Nothing is ever due."""
        return None

    def wake(self, player: Player, now: int) -> None:
        """Nothing."""


class Tester:
    """The thread that plays the human: notes to echo, then pauses, then the end."""

    def __init__(self, player: Player, port: RecordingPort, seconds: float) -> None:
        self.player, self.port, self.seconds = player, port, seconds
        self.stops: list[float] = []  # ms from an order to the last message it caused
        self.measured = 0  # messages before the pauses
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        end = time.monotonic() + self.seconds
        inbox, clock, random_ = self.player.inbox, self.player.clock, random.Random(0)
        pitch = 60
        while time.monotonic() < end and not self.player.finished:
            pitch = 60 + (pitch + 1) % 12
            for message in (note_on(PROBE_CHANNEL, pitch, 1), note_off(PROBE_CHANNEL, pitch)):
                time.sleep(random_.uniform(*PROBES))
                inbox.put(Heard(clock.now(), message))
        self.measured = len(self.player.outlet.timing)
        for _ in range(PAUSES):
            self._pause()
        inbox.put(Order("quit"))

    def _pause(self) -> None:
        """Stops the music, times it, and lets it go on."""
        asked = self.player.clock.now()
        self.player.inbox.put(Order("pause"))
        time.sleep(BETWEEN / 3)
        after = [at for at, message in self.port.sent[-64:] if at > asked and message[0] != CLOCK]
        if after:
            self.stops.append((max(after) - asked) / MS)
        self.player.inbox.put(Order("pause"))
        time.sleep(BETWEEN)


@contextmanager
def busy(model: str | None) -> Iterator[None]:
    """While it lasts another process composes with `model` as fast as it can; without a model nothing does."""
    if model is None:
        yield
        return
    process = Process("model", {"model": model, "seed": 99}, Nowhere())
    try:
        process.ready()
        process.ahead(1e9)
        yield
    finally:
        process.close()


class Nowhere:
    """An inbox that throws everything away."""

    def put(self, item: Any) -> None:
        """Nothing."""


def session(kind: str, task: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The figures of one session of `seconds` seconds."""
    ports: list[RecordingPort] = []

    def opened(clock: Clock) -> RecordingPort:
        ports.append(RecordingPort(clock))
        return ports[0]

    setting = Setting(tempo=TEMPO, clock_out=True)
    with on_stage(kind, task, opened, setting) as (player, facts):
        echo = Echo()
        player.listener = echo
        tester = Tester(player, ports[0], seconds)
        started = player.clock.now()
        tester.thread.start()
        played = perform(player, facts, setting, lambda text: None)
        tester.thread.join()
    return figures(played, ports[0], echo, tester, started)


def figures(played: Played, port: RecordingPort, echo: Echo, tester: Tester, started: int) -> dict[str, Any]:
    """What was measured, times in milliseconds."""
    player = played.player
    player.outlet.timing = player.outlet.timing.first(tester.measured or None)
    paused_from = started + round(tester.seconds * 1e9)
    ticks = np.array([at for at, message in port.sent if message[0] == CLOCK and at < paused_from], np.int64)
    stops = np.array(tester.stops)
    first = next((at for at, message in port.sent if message[0] != CLOCK), started)
    return {
        **played.answer(),
        "hanging_notes": len(hanging(message for _, message in port.sent)),
        "earliest_ms": round(player.outlet.timing.earliest(), 3),
        "echo_ms": as_answer(spread(np.array(echo.ms))),
        "stop_ms": {"p50": _percentile(stops, 50), "p95": _percentile(stops, 95)},
        "clock_jitter_ms": as_answer(steadiness(ticks, 60e9 / TEMPO / 24)),
        "first_message_ms": round((first - started) / MS, 1),
    }


def _percentile(values: np.ndarray[Any, np.dtype[np.float64]], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 3) if len(values) else None


def selftest(model: str | None, seconds: float, say: Say = lambda text: None) -> dict[str, Any]:
    """Figures of a session of a fixed pattern and, with `model`, of one in which it plays while another process
    composes with it at full speed; `seconds` of each. The outer keys are those of the last session."""
    say(f"measuring {seconds:g} s of a fixed pattern ...")
    sessions = {"idle": session("pattern", {}, seconds)}
    if model is not None:
        say(f"measuring {seconds:g} s of {model} while it also composes at full speed ...")
        with busy(model):
            sessions["with_model"] = session("model", {"model": model, "seed": 1}, seconds)
    last = list(sessions.values())[-1]
    if last["hanging_notes"]:
        raise EtudeError(f"{last['hanging_notes']} notes were left hanging: please report it with the output.")
    return {**last, "seconds": seconds, "sessions": sessions, "load": load()}


def load() -> float | None:
    """How many processes wanted to run in the last minute; None where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


ROWS = (
    ("sent minus scheduled", "late_ms"),
    ("spread of a chord", "chord_ms"),
    ("clock, tick minus schedule", "clock_ms"),
    ("clock, step between ticks", "clock_jitter_ms"),
    ("echo of a note", "echo_ms"),
    ("stop to silence", "stop_ms"),
)


def report(answer: dict[str, Any]) -> str:
    """The figures as a table."""
    lines = []
    for name, one in answer["sessions"].items():
        lines.append(f"{name}: {one['events']} events, {one['priority']}")
        for title, key in ROWS:
            row = one[key] or {}
            shown = "  ".join(f"{part} {value:.3f}" for part, value in row.items() if value is not None)
            lines.append(f"  {title:28}{shown or '-'}  ms")
        low, high = one["drift_interval_ms"] or (None, None)
        drift = f"{one['drift_ms']:+.3f} ms [{low:+.3f}, {high:+.3f}]" if low is not None else "-"
        lines.append(f"  {'drift in ten minutes':28}{drift}")
        lines.append(f"  underruns {one['underruns']}, hanging notes {one['hanging_notes']}")
    lines.append(f"load of the machine: {answer['load']}")
    return "\n".join(lines)
