"""A human in a process of their own, who jams with `etude jam` over real ports and times what comes back.

`.ci/jack python -m etude.testing.human MODEL --record jam.mid` plays eight phrases over JACK's dummy driver.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from etude.live import MonotonicClock, hanging
from etude.live.drivers import DriverIn, DriverOut, listed
from etude.live.messages import is_on, note_off, note_on

TEMPO = 100.0  # beats a minute
BEAT = 60.0 / TEMPO  # seconds
PHRASES = (
    (67, 69, 71, 72, 71, 69, 67),
    (74, 72, 71, 69, 67),
    (67, 71, 74, 79, 78, 76, 74),
    (62, 67, 69, 71, 69, 67, 62, 67),
)  # in G, in eighths
START = 30.0  # seconds to wait for the other side's ports
Came = SimpleQueue[tuple[int, bytes]]


def jam(model: str, record: str, phrases: int) -> dict[str, Any]:
    """What both sides measured in a jam of so many phrases; times in milliseconds."""
    command = [sys.executable, "-m", "etude", "jam", model, "--virtual", "--tempo", f"{TEMPO:g}"]
    partner = subprocess.Popen(
        [*command, "--seed", "1", "--record", record, "--json"], stdout=subprocess.PIPE, text=True
    )
    try:
        _wait_for("etude in")
        came: Came = SimpleQueue()
        clock = MonotonicClock()
        ear = DriverIn("etude:etude", clock, lambda at, message: came.put((at, message)))
        hand = DriverOut("etude in")
        time.sleep(1.0)
        rows = [_phrase(hand, came, clock, number) for number in range(phrases)]
        partner.send_signal(signal.SIGINT)
        said, _ = partner.communicate(timeout=30)
        rest = list(_drained(came))
        ear.close()
        hand.close()
    finally:
        partner.kill()
    heard = [message for row in rows for message in row["messages"]] + rest
    return {
        "partner": json.loads(said),
        "echo_over_port_ms": _figures([ms for row in rows for ms in row["echo_ms"]]),
        "rest_to_answer_ms": _figures([row["answer_ms"] for row in rows if row["answer_ms"] is not None]),
        "answered": sum(row["answer_ms"] is not None for row in rows),
        "hanging_notes": len(hanging(heard)),
    }


def _wait_for(name: str) -> None:
    end = time.monotonic() + START
    while not any(name in port.name for port in listed()):
        if time.monotonic() > end:
            raise SystemExit(f"no port '{name}' has appeared in {START:g} s")
        time.sleep(0.2)


def _phrase(hand: DriverOut, came: Came, clock: MonotonicClock, number: int) -> dict[str, Any]:
    """Plays one phrase, then listens until the answer is over."""
    chance = random.Random(number)
    struck: dict[int, int] = {}
    for pitch in PHRASES[number % len(PHRASES)]:
        struck[pitch] = clock.now()
        hand.send(note_on(0, pitch, 80 + chance.randrange(20)))
        time.sleep(BEAT / 2 * chance.uniform(0.85, 0.95))
        hand.send(note_off(0, pitch))
        time.sleep(BEAT / 2 * 0.1)
    ended, messages, echoes, answer = clock.now(), [], [], None
    last = time.monotonic()
    while time.monotonic() - last < (8 * BEAT if answer is None else 3 * BEAT):
        try:
            at, message = came.get(timeout=0.2)
        except Empty:
            continue
        messages.append(message)
        last = time.monotonic()
        if is_on(message) and message[0] & 15 == 0 and message[1] in struck and at >= struck[message[1]]:
            echoes.append((at - struck.pop(message[1])) / 1e6)
        elif is_on(message) and message[0] & 15 and answer is None:
            answer = (at - ended) / 1e6
    return {"messages": messages, "echo_ms": echoes, "answer_ms": answer}


def _drained(came: Came) -> Any:
    time.sleep(0.5)
    while not came.empty():
        yield came.get()[1]


def _figures(ms: list[float]) -> dict[str, float] | None:
    if not ms:
        return None
    return {f"p{share}": round(float(np.percentile(ms, share)), 2) for share in (50, 95, 100)}


def main() -> None:
    """Prints what was measured, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--record", default="jam.mid")
    parser.add_argument("--phrases", type=int, default=8)
    wanted = parser.parse_args()
    print(json.dumps(jam(wanted.model, wanted.record, wanted.phrases), indent=1))


if __name__ == "__main__":
    main()
