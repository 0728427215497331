"""MusicXML, partwise, plain (.musicxml, .xml) or compressed (.mxl): bytes to Scores and back."""

from __future__ import annotations

from collections.abc import Sequence

from etude.errors import UsageError
from etude.formats.base import Reading
from etude.formats.musicxml.package import compress
from etude.formats.musicxml.writing import document
from etude.score import Score

__all__ = ["FORMAT", "MusicXml", "compress"]


class MusicXml:
    """The `Format` of MusicXML. `dump` writes plain XML; `compress` makes an .mxl of it."""

    name = "musicxml"
    suffixes = (".musicxml", ".xml", ".mxl")

    def parse(self, data: bytes) -> list[Reading]:
        """One Reading: a MusicXML file holds one piece. Raises BadInput, and nothing else."""
        from etude.formats.musicxml.reading import read_document

        return [read_document(data)]

    def dump(self, scores: Sequence[Score]) -> bytes:
        """The file as UTF-8. Raises UsageError unless there is exactly one Score."""
        if len(scores) != 1:
            raise UsageError(
                f"A MusicXML file holds one piece, and {len(scores)} were given. Write each to its own file."
            )
        return document(scores[0]).encode()


FORMAT = MusicXml()
