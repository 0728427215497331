"""Time for a player: the machine's monotonic clock, or a virtual one that jumps to wherever it is asked to wait.

Whatever reaches a player (music, MIDI input, keys, signals) comes through one inbox. Waiting is always until a
deadline on the clock, never for a span: what is late once does not make the next thing late.
"""

from __future__ import annotations

import os
import time
from queue import Empty, SimpleQueue
from typing import Any, Protocol

Inbox = SimpleQueue[Any]  # its `put` may be called from a signal handler

LONGEST_WAIT = 500_000_000  # ns; a player looks up at least this often
COARSE = 17_000_000 if os.name == "nt" else 0  # ns by which a waiting thread may wake too late there


class Clock(Protocol):
    """What a player knows of time."""

    virtual: bool

    def now(self) -> int:
        """Nanoseconds since some moment in the past; never runs backwards."""

    def wait(self, inbox: Inbox, until: int | None) -> Any:
        """The next thing in `inbox`, or None when the deadline `until` (ns; None: none) came first."""


class MonotonicClock:
    """The machine's clock: no change of the time of day moves it."""

    virtual = False

    def now(self) -> int:
        """Nanoseconds."""
        return time.monotonic_ns()

    def wait(self, inbox: Inbox, until: int | None) -> Any:
        """The next thing in `inbox`, or None at the deadline or after half a second."""
        now = self.now()
        left = LONGEST_WAIT if until is None else min(until - now, LONGEST_WAIT)
        try:
            if left <= COARSE:
                return inbox.get_nowait()
            return inbox.get(timeout=(left - COARSE) / 1e9)
        except Empty:
            if COARSE and until is not None and 0 < until - self.now() <= COARSE:
                time.sleep((until - self.now()) / 1e9)  # finer than waiting, on that system
            return None


class VirtualClock:
    """A clock on which nothing takes time but waiting: an hour of music in seconds, the same every time."""

    virtual = True

    def __init__(self) -> None:
        self.time = 0

    def now(self) -> int:
        """Nanoseconds."""
        return self.time

    def wait(self, inbox: Inbox, until: int | None) -> Any:
        """The next thing in `inbox`; without one the clock jumps to `until`."""
        if not inbox.empty():
            return inbox.get_nowait()
        self.time = max(self.time, self.time + LONGEST_WAIT if until is None else until)
        return None
