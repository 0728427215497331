"""What was sent, kept small: 20 bytes a message, so that hours of playing fit into a few megabytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

MODEL, HUMAN = 0, 1  # who played


class Sent(NamedTuple):
    """One message of the tape."""

    beat: float  # quarters since the start of the session, on the running pulse
    ns: int  # since the start of the session
    who: int
    message: bytes


class Tape:
    """A growing record of messages of at most three bytes."""

    def __init__(self) -> None:
        self.beats, self.times, self.messages = array("d"), array("q"), array("I")
        self.on = True  # whether it runs

    def add(self, beat: float, ns: int, message: bytes, who: int = MODEL) -> None:
        """Records one message, unless the tape stands still."""
        if self.on and len(message) <= 3:
            self.beats.append(beat)
            self.times.append(ns)
            packed = int.from_bytes(message, "big") | len(message) << 24 | who << 26
            self.messages.append(packed)

    def __len__(self) -> int:
        """The number of messages."""
        return len(self.messages)

    def __iter__(self) -> Iterator[Sent]:
        """The messages in the order they were sent."""
        for beat, ns, packed in zip(self.beats, self.times, self.messages):
            message = (packed & 0xFFFFFF).to_bytes(3, "big")[3 - (packed >> 24 & 3) :]
            yield Sent(beat, ns, packed >> 26, message)
