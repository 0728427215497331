"""The events of track chunks, checked byte by byte and brought into one regular stream.

Plain messages (three bytes, running status or not) are checked by a regular expression, which runs in C at about
20 ns an event; all else goes through `_Scanner.one`, which names what is wrong and where. The stream that comes out
is again delta times and events, but every event has exactly two data bytes: short messages are padded, and meta
and system-exclusive events stand as FF 00 00 with their contents beside. `columns` takes it apart with array
arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from etude.errors import Reason
from etude.formats.midi.flaws import Flaws, refuse

_DELTA = rb"[\x80-\xff]{0,3}+[\x00-\x7f]"
_STATUS = rb"[\x80-\xbf\xe0-\xef]"  # the messages with two data bytes
_DATA = rb"[\x00-\x7f]{2}+"
_GOING_ON = re.compile(b"(?:" + _DELTA + _STATUS + b"?+" + _DATA + b")*+")
_FRESH = re.compile(b"(?:" + _DELTA + _STATUS + _DATA + _GOING_ON.pattern + b")?+")
_STATUSES = re.compile(_DELTA + b"(" + _STATUS + b"?+)" + _DATA)

END_OF_TRACK, SYSEX, SKIPPED = 0x2F, 0x100, 0x101  # kinds of Extra; meta events have their type 0-127
_WIRE_LENGTH = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # data bytes of system messages that have no place in a file


@dataclass(frozen=True)
class Extra:
    """A meta or system-exclusive event: its kind, contents and byte offset."""

    kind: int
    data: bytes
    offset: int


@dataclass
class Scan:
    """The regular stream of all chunks, and its extras in order; each chunk ends with an END_OF_TRACK extra."""

    parts: list[bytes] = field(
        default_factory=lambda: [b"\x80"]
    )  # an empty continuation: adds 0 to the first delta
    extras: list[Extra] = field(default_factory=list)


def scan(data: bytes, tracks: list[tuple[int, int]], flaws: Flaws) -> Scan:
    """The checked events of the chunks at `tracks`. Raises BadInput naming the byte where sense ends."""
    out = Scan()
    for start, end in tracks:
        _Scanner(data, start, end, out, flaws).run()
    return out


class _Scanner:
    """Walks one track chunk."""

    def __init__(self, data: bytes, start: int, end: int, out: Scan, flaws: Flaws) -> None:
        self.data, self.at, self.end = data, start, end
        self.out, self.flaws = out, flaws
        self.running = 0  # the status that holds for events without one, unless `checked` holds a later one
        self.checked = (0, 0)  # the last stretch that was checked as a whole
        self.interrupted = False  # a meta or system event came since: strictly, no status holds
        self.plain = False  # the last event in the stream has the running status, a three-byte one
        self.ended = False

    def run(self) -> None:
        """Sends the whole chunk to the stream."""
        while self.at < self.end and not self.ended:
            pattern = _GOING_ON if self.plain else _FRESH
            match = pattern.match(self.data, self.at, self.end)
            stop = match.end() if match else self.at
            if stop > self.at:
                self.out.parts.append(self.data[self.at : stop])
                self.checked, self.plain, self.interrupted = (self.at, stop), True, False
                self.at = stop
            if self.at < self.end:
                self.one()
        if not self.ended:
            self.flaws.mended("a track has no end mark", Reason.TRUNCATED, self.end)
            self.extra(b"\x00", END_OF_TRACK, b"")
        elif self.at < self.end:
            self.flaws.odd("bytes after the end of a track are ignored", Reason.BAD_STRUCTURE, self.at)

    def one(self) -> None:
        """Takes one event that is not plain."""
        start = self.at
        _, at = self.number(start)
        delta = self.data[start:at]
        status = self.byte(at)
        if status < 0x80:
            self.message(delta, self.resumed(at), at)
        elif status < 0xF0:
            self.interrupted = False
            self.message(delta, status, at + 1)
        elif status == 0xFF:
            kind = self.byte(at + 1)
            if kind > 127:
                refuse(f"a meta event has the type {kind}; types end at 127", Reason.BAD_EVENT, at + 1)
            self.block(delta, kind, at + 2)
        elif status in (0xF0, 0xF7):
            self.block(delta, SYSEX, at + 1)
        else:
            self.stray(delta, status, at)

    def message(self, delta: bytes, status: int, at: int) -> None:
        """Takes a channel message whose data begin at `at`."""
        size = 1 if 0xC0 <= status < 0xE0 else 2
        values = [self.byte(at + i) for i in range(size)]
        if size == 2 and status >> 4 == 9 and values[0] < 128 and values[1] == 128:
            self.flaws.mended("velocity 128 was read as 127", Reason.BAD_NUMBER, at + 1)
            values[1] = 127
        for i, value in enumerate(values):
            if value > 127:
                refuse(
                    f"a data byte is {value}; data bytes end at 127 (message {status:02X})",
                    Reason.BAD_EVENT,
                    at + i,
                )
        self.out.parts.append(delta + bytes([status, *values, 0][:3]))
        self.running, self.checked, self.plain = status, (0, 0), size == 2
        self.at = at + size

    def resumed(self, at: int) -> int:
        """The running status for the event whose data begin at `at`."""
        found = [match[1] for match in _STATUSES.finditer(self.data, *self.checked) if match[1]]
        status = found[-1][0] if found else self.running
        if not status:
            refuse(f"a data byte {self.data[at]} stands where an event must begin", Reason.BAD_EVENT, at)
        if self.interrupted:
            self.flaws.odd("running status goes on after a meta or system event", Reason.BAD_EVENT, at)
            self.interrupted = False
        return status

    def block(self, delta: bytes, kind: int, at: int) -> None:
        """Takes a meta or system-exclusive event whose length stands at `at`."""
        length, start = self.number(at)
        if start + length > self.end:
            what = "a system-exclusive message" if kind == SYSEX else f"a meta event of type {kind:02X}"
            refuse(f"{what} claims {length} bytes, more than its track has", Reason.TRUNCATED, at)
        contents = self.data[start : start + length]
        if kind == SYSEX and (not contents or contents[-1] != 0xF7):
            self.flaws.odd("a system-exclusive message has no end", Reason.BAD_EVENT, at)
        self.at = start + length
        self.ended = kind == END_OF_TRACK
        if self.ended and length:
            self.flaws.odd(f"an end of track carries {length} bytes", Reason.BAD_EVENT, at)
        self.extra(delta, kind, contents, at)

    def stray(self, delta: bytes, status: int, at: int) -> None:
        """Passes over a system message that has no place in a file, or refuses one without a known length."""
        if status in (0xF4, 0xF5, 0xF9, 0xFD):
            refuse(f"the status {status:02X} is not defined", Reason.BAD_EVENT, at)
        self.flaws.mended(f"a system message {status:02X} is passed over", Reason.BAD_EVENT, at)
        stop = at + 1 + _WIRE_LENGTH.get(status, 0)
        if stop > self.end:
            refuse("the track ends inside an event", Reason.TRUNCATED, self.end)
        self.at = stop
        self.extra(delta, SKIPPED, b"", at)

    def extra(self, delta: bytes, kind: int, contents: bytes, at: int | None = None) -> None:
        self.out.parts.append(delta + b"\xff\x00\x00")
        self.out.extras.append(Extra(kind, contents, self.at if at is None else at))
        self.plain, self.interrupted = False, True

    def byte(self, at: int) -> int:
        if at >= self.end:
            refuse("the track ends inside an event", Reason.TRUNCATED, self.end)
        return self.data[at]

    def number(self, at: int) -> tuple[int, int]:
        """The variable-length number at `at` and the byte after it."""
        value = 0
        for i in range(4):
            byte = self.byte(at + i)
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, at + i + 1
        refuse("a variable-length number has more than 4 bytes", Reason.BAD_NUMBER, at)
