"""Standard MIDI Files <-> Score."""

from __future__ import annotations

from collections.abc import Sequence

from etude.formats.base import Reading
from etude.score import Score


class Midi:
    """The Standard MIDI File, formats 0 to 2 (written: format 1), and the RMID container."""

    name = "midi"
    suffixes = (".mid", ".midi", ".kar", ".smf", ".rmi", ".midi2")

    def parse(self, data: bytes) -> list[Reading]:
        """One Reading, or one a track of a file of format 2. Raises BadInput naming what stands where."""
        from etude.formats.midi.read import parse

        return parse(data)

    def dump(self, scores: Sequence[Score]) -> bytes:
        """The bytes of a file of format 1. Raises UsageError unless there is one Score that MIDI can hold."""
        from etude.formats.midi.write import dump

        return dump(scores)


FORMAT = Midi()
