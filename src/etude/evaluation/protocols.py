"""Which symbols are priced, and how much each may see: the protocol that belongs to every likelihood.

Conventions
    Pieces are int32[T, K], begin step first and end step last. The begin step is never priced, the end step is.

Protocols, as text
    full            every step of every piece, seen from the piece's start
    context:N       every step of every piece, with at most N steps before it
    windows:L       400 windows of L targets out of all pieces laid end to end, at random places (seed 0, with
                    replacement, as nanoGPT estimates its loss); what is seen starts at the window. A place is the
                    window's first seen step, drawn uniformly from 0 .. steps - L - 1. Pieces shorter than the
                    window in all make one window
    windows:L:all   the same stream cut into windows side by side: each step is priced once, except those that
                    begin the stream or a piece
    infill:bars=N   N bars of each piece, given all that comes before and after: see `etude.evaluation.gapped`
    infill:bars=N:left  the same bars, given what comes before alone, as every model from left to right hears them
    ...:no-end      the end step is not counted (as in the published figures for chorales)
    ...:given=N     the N steps after a begin step are seen but not counted: what a piece is told of its composer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END
from etude.errors import UsageError

WINDOWS = 400
SEED = 0

Steps = NDArray[np.int32]
Cell = TypeVar("Cell", bound=np.generic)


@dataclass(frozen=True)
class Protocol:
    """One of the protocols above; `str` gives the text it was parsed from."""

    kind: Literal["full", "context", "windows", "infill"] = "full"
    length: int = 0  # steps: N or L; of infill, bars
    exhaustive: bool = False
    ends: bool = True
    given: int = 0  # steps after a begin step that are not counted
    left: bool = False  # of infill: only what comes before is heard

    @classmethod
    def parse(cls, text: str) -> Protocol:
        """The protocol that `text` names. Raises UsageError saying what is possible."""
        kind, *rest = text.strip().split(":")
        if kind == "infill":
            return cls._infill(rest, text)
        options = {word for word in rest if word in ("all", "no-end")}
        given = [int(word[6:]) for word in rest if word.startswith("given=") and word[6:].isdecimal()]
        numbers = [word for word in rest if word not in options and not word.startswith("given=")]
        ends = "no-end" not in options
        if len(given) + len(numbers) + len(options) < len(rest):
            kind = ""  # a word that says nothing, or one said twice
        free = max(given, default=0)
        if kind == "full" and not numbers and "all" not in options:
            return cls(ends=ends, given=free)
        sized = len(numbers) == 1 and numbers[0].isdecimal() and int(numbers[0]) > 0
        if kind == "context" and sized and "all" not in options:
            return cls("context", int(numbers[0]), ends=ends, given=free)
        if kind == "windows" and sized:
            return cls("windows", int(numbers[0]), "all" in options, ends, free)
        raise UsageError(
            f"'{text}' is no protocol. Write full, context:N, windows:L or windows:L:all with a number of steps, "
            "for example context:256, or infill:bars=4; add :no-end to leave the end step out, "
            ":given=2 to leave out the first two steps of a piece."
        )

    @classmethod
    def _infill(cls, words: Sequence[str], text: str) -> Protocol:
        bars = words[0][5:] if words and words[0].startswith("bars=") else ""
        if not bars.isdecimal() or not int(bars) or list(words[1:]) not in ([], ["left"]):
            raise UsageError(f"'{text}' is no protocol. Write infill:bars=4, or infill:bars=4:left.")
        return cls("infill", int(bars), left=len(words) > 1)

    def __str__(self) -> str:
        if self.kind == "infill":
            return f"infill:bars={self.length}" + ":left" * self.left
        parts = [self.kind, *([str(self.length)] if self.length else [])]
        parts += ["all"] if self.exhaustive else []
        parts += [] if self.ends else ["no-end"]
        return ":".join([*parts, *([f"given={self.given}"] if self.given else [])])

    def cut(self, pieces: Sequence[NDArray[Cell]]) -> list[NDArray[Cell]]:
        """The sequences that a scorer prices: the pieces themselves, or windows of L + 1 steps out of them.

        Masks over steps, bool[T, K] a piece, are cut at the same places.

        Under context:N these are whole pieces too; how far a target sees is then up to who prices them.
        """
        if self.kind != "windows":
            return list(pieces)
        stream = np.concatenate(list(pieces))
        last = len(stream) - self.length - 1  # the last place at which a whole window fits
        if self.exhaustive:
            places = np.arange(0, max(1, len(stream) - 1), self.length)
        elif last < 1:
            places = np.zeros(1, np.int64)
        else:
            places = np.random.default_rng(SEED).integers(0, last + 1, WINDOWS)
        return [stream[place : place + self.length + 1] for place in places]

    def counted(self, sequence: Steps) -> NDArray[np.bool_]:
        """Bool[T - 1]: which of the steps after the first are priced."""
        first_field = sequence[1:, 0]
        kept = (first_field != BEGIN) & (self.ends | (first_field != END))
        for begin in np.flatnonzero(sequence[:, 0] == BEGIN) if self.given else ():
            kept[begin : begin + self.given] = False
        return np.asarray(kept)
