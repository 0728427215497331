"""One stream of server-sent events a page, which goes on after a gap where it stopped (Last-Event-ID).

Events are numbered; the last KEPT of them are remembered. A page that comes back with a number still remembered
gets what it missed; any other is told to `reset`: to ask for what it shows once more.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

KEPT = 5000  # events
PAGES = 64  # streams at once
QUIET = 15.0  # seconds without an event before a comment keeps the connection open
BEHIND = 4000  # events a page may be behind before it is sent away; it comes back and resets


class Hub:
    """Everything that happened lately, and the pages that listen. Belongs to one event loop."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(4)  # numbers of another start mean nothing here
        self.count = 0
        self.past: deque[tuple[int, str]] = deque(maxlen=KEPT)
        self.pages: set[asyncio.Queue[tuple[int, str] | None]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    @property
    def now(self) -> str:
        """The number of the last event."""
        return f"{self.boot}-{self.count}"

    def tell_soon(self, event: dict[str, Any]) -> None:
        """Tells every page; may be called from any thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.tell, event)

    def tell(self, event: dict[str, Any]) -> None:
        """Tells every page."""
        self.count += 1
        line = self.count, json.dumps(event, default=float)
        self.past.append(line)
        for page in self.pages:
            page.put_nowait(line if page.qsize() < BEHIND else None)

    def missed(self, last: str) -> list[tuple[int, str]] | None:
        """What came after the event with that number; None when nobody knows any more."""
        boot, _, number = last.partition("-")
        if boot != self.boot or not number.isdecimal():
            return None
        after = int(number)
        oldest = self.past[0][0] if self.past else self.count + 1
        if after > self.count or after < oldest - 1:
            return None
        return [line for line in self.past if line[0] > after]

    async def events(self, last: str) -> AsyncIterator[str]:
        """The text of the stream: what was missed since `last` ("" for nothing), then what comes."""
        page: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        missed = self.missed(last) if last else []
        self.pages.add(page)
        try:
            yield "retry: 500\n\n"
            if missed is None:
                yield f"id: {self.now}\nevent: reset\ndata: {{}}\n\n"
            for line in missed or ():
                yield self._text(line)
            while not self.closed:
                try:
                    came = await asyncio.wait_for(page.get(), QUIET)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if came is None:
                    return
                yield self._text(came)
        finally:
            self.pages.discard(page)

    def close(self) -> None:
        """Ends every stream."""
        self.closed = True
        for page in self.pages:
            page.put_nowait(None)

    def _text(self, line: tuple[int, str]) -> str:
        return f"id: {self.boot}-{line[0]}\ndata: {line[1]}\n\n"
