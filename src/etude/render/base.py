"""What a renderer is: a Score to the bytes of one file, whatever they show or sound like."""

from __future__ import annotations

from typing import Protocol

from etude.score import Score


class Renderer(Protocol):
    """One kind of file that music is turned into and never read back from; what is read back is a Format."""

    suffix: str  # of its files, without the dot

    def render(self, score: Score) -> bytes:
        """The file's bytes, the same for the same Score. Raises UsageError where the music cannot be shown."""
