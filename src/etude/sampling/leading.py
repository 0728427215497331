"""A guard of voice leading: ways of going on that add a fault to four voices count for less.

What counts as a fault between two sixteenths: two voices that move together keep a perfect fifth, octave or unison
(Fux, "Gradus ad Parnassum", 1725), or a voice comes to lie below the next lower one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from etude.encodings.chorale import LOWEST

PERFECT = (0, 7)  # semitones, without octaves
OFFSET = 2  # of the values of the first voice: begin and end come before
SILENT = -1


class Leading:
    """Nats that the last step of a piece costs: `nats` a fault.

    opening   how many steps come before the music: begin and conditions
    """

    def __init__(self, encoding: Any, nats: float, opening: int) -> None:
        self.first, self.holds = encoding.first_pitch, encoding.holds
        self.nats, self.opening = nats, opening

    def __call__(self, steps: Sequence[tuple[int, ...]]) -> float:
        """What the last of `steps` costs, nats >= 0; the end step nothing."""
        at = len(steps) - 1
        if at <= self.opening or steps[at][0] < OFFSET:
            return 0.0
        return self.nats * faults(self._pitches(steps, at - 1), self._pitches(steps, at))

    def _pitches(self, steps: Sequence[tuple[int, ...]], at: int) -> list[int]:
        """What each voice sings at step `at`, SILENT where it rests."""
        return [self._pitch(steps, at, voice) for voice in range(len(steps[at]))]

    def _pitch(self, steps: Sequence[tuple[int, ...]], at: int, voice: int) -> int:
        offset = 0 if voice else OFFSET
        while self.holds and at > self.opening and steps[at][voice] - offset == 1:
            at -= 1
        value = steps[at][voice] - offset
        return value - self.first + LOWEST if value >= self.first else SILENT


def faults(before: Sequence[int], now: Sequence[int]) -> int:
    """How many faults four voices make on their way from the pitches `before` to `now`; SILENT is a rest."""
    found = 0
    for high, low in combinations(range(len(now)), 2):
        if SILENT in (before[high], before[low], now[high], now[low]):
            continue
        apart = now[high] - now[low]
        moved = before[high] != now[high] and before[low] != now[low]
        found += moved and before[high] - before[low] == apart and apart % 12 in PERFECT
        found += low == high + 1 and apart < 0 <= before[high] - before[low]
    return found
