"""Readers that do what a broken native parser does, for files whose contents ask for it; used by test_guard."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from etude.formats.base import Reading
from etude.formats.midi import FORMAT as MIDI
from etude.score import Score


class Hostile:
    """Dies, loops, allocates, prints or raises when a file says so; else reads MIDI."""

    name = "hostile"
    suffixes = (".mid",)

    def parse(self, data: bytes) -> list[Reading]:
        """What the file asks for."""
        if data == b"die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if data == b"leave":
            os._exit(0)
        if data == b"loop":
            while True:
                pass
        if data == b"work half a second":
            until = time.process_time() + 0.5
            while time.process_time() < until:
                pass
            data = MIDI.dump([Score.of([(0, 1, 60, 80, 0)])])
        if data == b"sleep deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(3600)
        if data == b"allocate":
            return [bytearray(10 * 2**30)]  # type: ignore[list-item]
        if data == b"raise":
            raise ZeroDivisionError("by zero")
        if data == b"nothing":
            return []
        if data == b"print":
            os.write(1, b"\xff" * 100_000)
            os.write(2, b"\xff" * 100_000)
            print("hello", flush=True)
            data = MIDI.dump([Score.of([(0, 1, 60, 80, 0)])])
        return MIDI.parse(data)

    def dump(self, scores: Sequence[Score]) -> bytes:
        """As MIDI."""
        return MIDI.dump(scores)


HOSTILE = Hostile()
