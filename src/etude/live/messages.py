"""MIDI messages as bytes: the few a player sends, and a parser for a stream of them.

Source: MIDI 1.0 Detailed Specification (MIDI Association).
"""

from __future__ import annotations

from collections.abc import Iterator

CLOCK, START, CONTINUE, STOP = 0xF8, 0xFA, 0xFB, 0xFC
SONG_POSITION = 0xF2
CLOCKS = 24  # clock messages a quarter
SUSTAIN, SOSTENUTO, ALL_SOUND_OFF, ALL_NOTES_OFF = 64, 66, 120, 123
CHANNELS = 16

_LENGTH = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
_SYSTEM_LENGTH = {0xF1: 2, 0xF2: 3, 0xF3: 2}


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """A key goes down; velocity 1-127."""
    return bytes((0x90 | channel, pitch, velocity))


def note_off(channel: int, pitch: int) -> bytes:
    """A key goes up."""
    return bytes((0x80 | channel, pitch, 64))


def control(channel: int, number: int, value: int) -> bytes:
    """A controller 0-127 takes a value 0-127."""
    return bytes((0xB0 | channel, number, value))


def program(channel: int, number: int) -> bytes:
    """The channel changes to a General MIDI program 0-127."""
    return bytes((0xC0 | channel, number))


def bend(channel: int, value: int) -> bytes:
    """Pitch bend, -8192..8191."""
    return bytes((0xE0 | channel, value + 8192 & 0x7F, value + 8192 >> 7))


def song_position(beat: float) -> bytes:
    """Where a Continue goes on: sixteenths since the start, at most 16383."""
    sixteenths = min(max(round(beat * 4), 0), 0x3FFF)
    return bytes((SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7))


def is_on(message: bytes) -> bool:
    """Whether it strikes a key (a velocity of 0 is an end)."""
    return len(message) == 3 and message[0] & 0xF0 == 0x90 and message[2] > 0


def is_off(message: bytes) -> bool:
    """Whether it ends a note."""
    return len(message) == 3 and (message[0] & 0xF0 == 0x80 or (message[0] & 0xF0 == 0x90 and message[2] == 0))


def is_control(message: bytes) -> bool:
    """Whether it moves a controller."""
    return len(message) == 3 and message[0] & 0xF0 == 0xB0


class Parser:
    """Messages out of a stream of bytes: running status is kept, clock bytes may stand anywhere, the rest is
    passed over (system exclusive, undefined bytes)."""

    def __init__(self) -> None:
        self.status = 0
        self.data = bytearray()

    def feed(self, stream: bytes) -> Iterator[bytes]:
        """The messages that are complete with `stream`."""
        for byte in stream:
            if byte >= 0xF8:
                yield bytes((byte,))
            elif byte >= 0x80:
                self.status, self.data = byte, bytearray()
            elif self.status:
                self.data.append(byte)
                if len(self.data) + 1 == self._length():
                    yield bytes((self.status, *self.data))
                    self.data.clear()
                    if self.status >= 0xF0:
                        self.status = 0

    def _length(self) -> int:
        return _LENGTH.get(self.status & 0xF0, _SYSTEM_LENGTH.get(self.status, 0))
