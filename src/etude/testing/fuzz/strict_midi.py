"""A second reader of Standard MIDI Files, event by event and without mercy, to judge the first one by.

It shares no line with `etude.formats.midi`: a file is well formed when nothing in `Judged.flaws` is said of it.
Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001, 1996).
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

Note = tuple[int, int, int, int]  # onset, duration (ticks), pitch, velocity
_SIZES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_META_SIZES = {0x00: (0, 2), 0x20: (1,), 0x21: (1,), 0x2F: (0,), 0x51: (3,), 0x54: (5,), 0x58: (4,), 0x59: (2,)}


class Malformed(Exception):
    """Raised where no sense can be made of what follows."""


@dataclass
class Judged:
    """The notes of a file, and everything that is wrong with it; [] when it is well formed."""

    notes: list[Note] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    ticks: int = 0  # of its longest track
    smpte: bool = False


def judge(data: bytes) -> Judged:
    """What a strict reader finds in the file. Raises nothing."""
    out = Judged()
    try:
        kind, promised, at = _head(data, out)
        tracks = 0
        while at < len(data):
            if at + 8 > len(data):
                raise Malformed("half a chunk at the end")
            size = int.from_bytes(data[at + 4 : at + 8], "big")
            if at + 8 + size > len(data):
                raise Malformed("a chunk longer than the file")
            if data[at : at + 4] == b"MTrk":
                tracks += 1
                _Track(data[at + 8 : at + 8 + size], out).read()
            else:
                out.flaws.append("a chunk of unknown kind")  # legal, and worth a word
            at += 8 + size
        if tracks != promised or (kind == 0 and tracks != 1):
            out.flaws.append("another number of tracks than promised")
    except Malformed as error:
        out.flaws.append(str(error))
    except IndexError:
        out.flaws.append("an event without its end")
    return out


def _head(data: bytes, out: Judged) -> tuple[int, int, int]:
    """Format, promised tracks, and where the first chunk begins."""
    if data[:4] != b"MThd" or len(data) < 14:
        raise Malformed("no header")
    size, kind = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:10], "big")
    promised, division = int.from_bytes(data[10:12], "big"), int.from_bytes(data[12:14], "big")
    if size != 6 or kind > 2:
        raise Malformed("an odd header")
    out.smpte = division >= 0x8000
    if out.smpte and ((division >> 8) not in (0xE8, 0xE7, 0xE3, 0xE2) or division & 255 == 0):
        raise Malformed("no such SMPTE rate")
    if division == 0:
        raise Malformed("no ticks")
    return kind, promised, 14


class _Track:
    """One track chunk."""

    def __init__(self, data: bytes, out: Judged) -> None:
        self.data, self.out, self.at, self.tick = data, out, 0, 0
        self.status = 0
        self.sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)

    def read(self) -> None:
        while True:
            if self.at >= len(self.data):
                raise Malformed("a track without its end mark")
            self.tick += self.number()
            byte = self.data[self.at]
            if byte == 0xFF:
                if self.meta() == 0x2F:
                    break
            elif byte in (0xF0, 0xF7):
                self.system(byte)
            elif byte >= 0xF0:
                raise Malformed("a system message in a file")
            else:
                self.message(byte)
        if self.at != len(self.data):
            self.out.flaws.append("something after the end of a track")
        if any(self.sounding.values()):
            self.out.flaws.append("a note without its end")
        self.out.ticks = max(self.out.ticks, self.tick)

    def number(self) -> int:
        value = 0
        for _ in range(4):
            byte = self.data[self.at]
            self.at += 1
            value = value * 128 + byte % 128
            if byte < 128:
                return value
        raise Malformed("a number of more than four bytes")

    def contents(self) -> bytes:
        size = self.number()
        if self.at + size > len(self.data):
            raise Malformed("an event longer than its track")
        self.at += size
        return self.data[self.at - size : self.at]

    def meta(self) -> int:
        kind = self.data[self.at + 1]
        if kind > 127:
            raise Malformed("no such meta event")
        self.at += 2
        data, self.status = self.contents(), 0
        if len(data) not in _META_SIZES.get(kind, (len(data),)):
            self.out.flaws.append(f"a meta event {kind:02X} of {len(data)} bytes")
        elif (kind == 0x51 and not any(data)) or (kind == 0x58 and (data[0] == 0 or data[1] > 7)):
            self.out.flaws.append("no such tempo or meter")
        elif kind == 0x59 and ((data[0] + 7) % 256 > 14 or data[1] > 1):
            self.out.flaws.append("no such key")
        return kind

    def system(self, byte: int) -> None:
        self.at += 1
        data, self.status = self.contents(), 0
        if byte == 0xF0 and data[-1:] != b"\xf7":
            self.out.flaws.append("a system message without its end")

    def message(self, byte: int) -> None:
        if byte >= 0x80:
            self.status, self.at = byte, self.at + 1
        if not self.status:
            raise Malformed("data without a status")
        size = _SIZES[self.status & 0xF0]
        data = self.data[self.at : self.at + size]
        if len(data) < size or max(data) > 127:
            raise Malformed("a data byte that is none")
        self.at += size
        if self.status & 0xF0 in (0x80, 0x90):
            self.note(self.status & 15, data[0], data[1] if self.status & 0x10 else 0)

    def note(self, channel: int, pitch: int, velocity: int) -> None:
        waiting = self.sounding[channel, pitch]
        if velocity:
            waiting.append((self.tick, velocity))
        elif not waiting:
            self.out.flaws.append("an end without its note")
        else:
            onset, loud = waiting.popleft()
            if onset == self.tick:
                self.out.flaws.append("a note of no length")
            self.out.notes.append((onset, self.tick - onset, pitch, loud))
