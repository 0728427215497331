"""What sounds now, and the messages after which nothing does."""

from __future__ import annotations

from collections.abc import Iterable

from etude.live.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CHANNELS,
    SOSTENUTO,
    SUSTAIN,
    control,
    is_control,
    is_off,
    is_on,
    note_off,
)


class Sounding:
    """The table of notes that were struck and not ended, of pedals that are down, and of channels ever used.

    It is kept from the messages themselves, so whatever goes through a port is in it.
    """

    def __init__(self) -> None:
        self.notes: set[tuple[int, int]] = set()  # (channel, pitch)
        self.pedals: set[tuple[int, int]] = set()  # (channel, controller)
        self.channels: set[int] = set()

    def hear(self, message: bytes) -> None:
        """Takes note of a message that goes out."""
        if message[0] >= 0xF0:
            return
        channel = message[0] & 0x0F
        self.channels.add(channel)
        if is_on(message):
            self.notes.add((channel, message[1]))
        elif is_off(message):
            self.notes.discard((channel, message[1]))
        elif is_control(message):
            self._controlled(channel, message[1], message[2])

    def _controlled(self, channel: int, number: int, value: int) -> None:
        if number in (SUSTAIN, SOSTENUTO):
            (self.pedals.add if value >= 64 else self.pedals.discard)((channel, number))
        elif number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            self.notes = {note for note in self.notes if note[0] != channel}

    def released(self) -> list[bytes]:
        """The ends of what sounds, then pedals up: for a pause, a seek or an underrun."""
        ends = [note_off(channel, pitch) for channel, pitch in sorted(self.notes)]
        return ends + [control(channel, number, 0) for channel, number in sorted(self.pedals)]

    def silence(self) -> list[bytes]:
        """What leaves no instrument sounding, in the order in which it must come.

        Explicit ends first, for instruments that know nothing else; then on every used channel the pedals up
        (all-notes-off would leave what a pedal holds), all-notes-off, all-sound-off.
        """
        ends = [note_off(channel, pitch) for channel, pitch in sorted(self.notes)]
        return ends + quieting(sorted(self.channels))


def quieting(channels: Iterable[int]) -> list[bytes]:
    """Pedals up, all-notes-off and all-sound-off on each of `channels`."""
    return [
        control(channel, number, 0)
        for channel in channels
        for number in (SUSTAIN, SOSTENUTO, ALL_NOTES_OFF, ALL_SOUND_OFF)
    ]


def panic() -> list[bytes]:
    """Silence on all channels and keys of an instrument of which nothing is known: 2112 messages."""
    ends = [note_off(channel, pitch) for channel in range(CHANNELS) for pitch in range(128)]
    return ends + quieting(range(CHANNELS))


def hanging(messages: Iterable[bytes]) -> set[tuple[int, int]]:
    """(channel, pitch) of the notes, and (channel, 128 + controller) of the pedals, that `messages` leave on.

    All-notes-off and all-sound-off end nothing here: some instruments ignore them.
    """
    left: set[tuple[int, int]] = set()
    for message in messages:
        channel = message[0] & 0x0F
        if is_on(message):
            left.add((channel, message[1]))
        elif is_off(message):
            left.discard((channel, message[1]))
        elif is_control(message) and message[1] in (SUSTAIN, SOSTENUTO):
            place = (channel, 128 + message[1])
            (left.add if message[2] >= 64 else left.discard)(place)
    return left
