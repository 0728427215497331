"""What there is to damage. A mutant is named by its kind, a seed and a number, and is the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from etude.testing.fuzz import abc, midi, musicxml, soundfont
from etude.testing.fuzz.families import ANY, Family


@dataclass(frozen=True)
class Kind:
    """Files of one kind: good ones, ways to damage them, and a few built to do harm."""

    name: str
    suffix: str
    originals: Callable[[], tuple[bytes, ...]]
    families: tuple[Family, ...]
    bombs: Callable[[], dict[str, bytes]]

    def mutant(self, seed: int, number: int) -> bytes:
        """The bytes of mutant `number`; the families take turns, every seventh is damaged twice."""
        rng = random.Random(f"{self.name} {seed} {number}")
        data = rng.choice(self.originals())
        data = self.families[number % len(self.families)](rng, data)
        return rng.choice(ANY)(rng, data) if number % 7 == 3 and data else data


KINDS = {
    kind.name: kind
    for kind in (
        Kind("midi", ".mid", midi.originals, midi.FAMILIES, midi.bombs),
        Kind("abc", ".abc", abc.originals, abc.FAMILIES, abc.bombs),
        Kind("musicxml", ".musicxml", musicxml.originals, musicxml.FAMILIES, musicxml.bombs),
        Kind("mxl", ".mxl", musicxml.packages, musicxml.PACKAGE_FAMILIES, musicxml.package_bombs),
        Kind("soundfont", ".sf2", soundfont.originals, soundfont.FAMILIES, soundfont.bombs),
    )
}
