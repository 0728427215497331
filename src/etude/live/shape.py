"""What a player does to the notes on their way: register and density, which controllers move while it plays."""

from __future__ import annotations

OCTAVE = 12
GOLDEN = 0.6180339887498949  # its multiples spread evenly over 0..1, however many there are
ON_BEAT = 0.05  # beats


class Shape:
    """`density` (0..1) is the share of notes that sound, those on the beat last to go; `register` moves them by
    octaves. What was struck changed is ended changed."""

    def __init__(self) -> None:
        self.density, self.register = 1.0, 0
        self.count = 0
        self.struck: dict[tuple[int, int], int | None] = {}  # (channel, pitch) written -> pitch sent

    def strike(self, channel: int, pitch: int, beat: float) -> int | None:
        """The pitch that is to sound for a note of the music; None when it is left out."""
        self.count += 1
        share = self.density
        if abs(beat - round(beat)) < ON_BEAT:
            share += (1 - share) / 2
        sent = None
        if self.density >= 1 or self.count * GOLDEN % 1 < share:
            sent = within(pitch + OCTAVE * self.register)
        self.struck[channel, pitch] = sent
        return sent

    def lift(self, channel: int, pitch: int) -> int | None:
        """The pitch that was sent for the note that ends; None when it was left out."""
        return self.struck.pop((channel, pitch), None)

    def forget(self) -> None:
        """Nothing is struck any more."""
        self.struck.clear()


def within(pitch: int) -> int:
    """`pitch` moved by octaves into 0..127."""
    while pitch > 127:
        pitch -= OCTAVE
    while pitch < 0:
        pitch += OCTAVE
    return pitch
