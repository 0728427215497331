"""Keys of the terminal while it plays."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from etude.live.clock import Inbox
from etude.live.news import Order

HELP = (
    "space pause  left/right a bar back/on  up/down tempo  [ ] temperature  n new seed  m next model  "
    "r record  ! panic  q quit"
)
ORDERS: dict[str, Order] = {
    " ": Order("pause"),
    "\x1b[D": Order("seek", -1),
    "\x1b[C": Order("seek", 1),
    "\x1b[A": Order("tempo", 1.05),
    "\x1b[B": Order("tempo", 1 / 1.05),
    "[": Order("warmer", -0.1),
    "]": Order("warmer", 0.1),
    "n": Order("restart", {}),
    "m": Order("next model"),
    "r": Order("record"),
    "!": Order("panic"),
    "q": Order("quit"),
}
_WINDOWS_ARROWS = {"K": "\x1b[D", "M": "\x1b[C", "H": "\x1b[A", "P": "\x1b[B"}  # after a NUL or 0xE0
POLL = 0.1  # seconds


@contextlib.contextmanager
def keys(inbox: Inbox) -> Iterator[bool]:
    """While it lasts, keys become orders in `inbox`; yields whether there is a terminal to press them in.

    The terminal is left as it was, also after an error.
    """
    if not sys.stdin or not sys.stdin.isatty():
        yield False
        return
    done = threading.Event()
    with _single_keys() as read:
        thread = threading.Thread(target=_listen, args=(read, inbox, done), daemon=True)
        thread.start()
        try:
            yield True
        finally:
            done.set()
            thread.join()


def _listen(read: Callable[[], str], inbox: Inbox, done: threading.Event) -> None:
    while not done.is_set():
        typed = read()
        while typed:  # several keys may have been pressed since
            length = 3 if typed.startswith("\x1b[") else 1
            order, typed = ORDERS.get(typed[:length]), typed[length:]
            if order is not None:
                inbox.put(order)


@contextlib.contextmanager
def _single_keys() -> Iterator[Callable[[], str]]:
    """A function that returns the key that was pressed, "" after a while without one."""
    if os.name == "nt":
        yield _windows_key
        return
    import termios
    import tty

    number = sys.stdin.fileno()
    before: list[Any] = termios.tcgetattr(number)
    try:
        tty.setcbreak(number)
        yield lambda: _posix_key(number)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _posix_key(number: int) -> str:
    import select

    if not select.select([number], [], [], POLL)[0]:
        return ""
    return os.read(number, 64).decode(errors="ignore")


def _windows_key() -> str:
    import time

    msvcrt: Any = __import__("msvcrt")
    if not msvcrt.kbhit():
        time.sleep(POLL)
        return ""
    key = msvcrt.getwch()
    return _WINDOWS_ARROWS.get(msvcrt.getwch(), "") if key in "\x00\xe0" else str(key)
