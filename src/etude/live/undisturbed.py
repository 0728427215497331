"""What a player needs of the machine while it plays: a place in front of others, no pauses of its own, signals."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from etude.live.clock import Inbox
from etude.live.news import Signalled
from etude.live.outlet import Outlet

PRIORITY = 20  # of 1..99; below what audio servers take


def real_time() -> str:
    """What became of asking for real-time priority, in words. It holds for the calling thread, not its children."""
    if not hasattr(os, "sched_setscheduler"):
        return "real-time priority: this system has none to ask for; close other programs"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError as error:
        return (
            f"real-time priority: denied ({error.strerror}); notes may come late on a busy machine. "
            "docs/live.md says how to allow it"
        )
    return f"real-time priority: granted (SCHED_FIFO {PRIORITY})"


@contextmanager
def undisturbed(ask: bool = True) -> Iterator[str]:
    """While it lasts no garbage is collected, and with `ask` the thread has real-time priority where allowed.

    Yields what became of the priority, in words.
    """
    before = _scheduling()
    gc.collect()
    gc.freeze()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield real_time() if ask else "real-time priority: not asked for"
    finally:
        if was_on:
            gc.enable()
        gc.unfreeze()
        if before is not None:
            os.sched_setscheduler(0, *before)


def _scheduling() -> tuple[int, Any] | None:
    if not hasattr(os, "sched_getscheduler"):
        return None
    return os.sched_getscheduler(0), os.sched_getparam(0)


@contextmanager
def signals(inbox: Inbox, outlet: Outlet) -> Iterator[None]:
    """While it lasts a signal to stop becomes news; a second one breaks in, unless the silence has begun."""
    heard: list[int] = []

    def take(number: int, _: object) -> None:
        heard.append(number)
        inbox.put(Signalled(number))
        if len(heard) > 1 and not outlet.closing:
            raise KeyboardInterrupt

    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            before[number] = signal.signal(number, take)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
