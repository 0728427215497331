"""ABC: the text notation of folk music. Reader and writer, splitter, and checks of bars and of whole tunes.

Source: the ABC music standard 2.1 (Walshaw and others, 2011).
"""

from __future__ import annotations

from collections.abc import Sequence

from etude.formats.abc.check import BarError, bar_check
from etude.formats.abc.reader import read_book
from etude.formats.abc.text import tunes
from etude.formats.abc.tune_check import TuneCheck, check_tune
from etude.formats.abc.writer import write_tune
from etude.formats.base import Reading
from etude.score import Score

__all__ = ["FORMAT", "AbcFormat", "BarError", "TuneCheck", "bar_check", "check_tune", "tunes"]


class AbcFormat:
    """ABC tune books."""

    name = "abc"
    suffixes = (".abc",)

    def parse(self, data: bytes) -> list[Reading]:
        """One Reading a tune. Raises BadInput when there is no tune in the file or it is no text."""
        return read_book(data)

    def dump(self, scores: Sequence[Score]) -> bytes:
        """The bytes of a book that holds `scores`."""
        return "\n".join(write_tune(score, number) for number, score in enumerate(scores, 1)).encode()


FORMAT = AbcFormat()
