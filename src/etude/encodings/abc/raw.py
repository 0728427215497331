"""ABC text as people write it, read character by character; what it says is known when it ends."""

from __future__ import annotations

from collections.abc import Iterable

from etude.encodings.base import BEGIN, END
from etude.encodings.reading import Mask, StepReader, all_but
from etude.errors import BadInput
from etude.score import Event, Score


class RawReader(StepReader):
    """Any text. The mask permits all but an empty piece."""

    def __init__(self, alphabet: str) -> None:
        super().__init__((2 + len(alphabet),))
        self.alphabet = alphabet
        self.text: list[str] = []

    def _allowed(self, chosen: object) -> Mask:
        return all_but(self.sizes[0], BEGIN) if self.started else all_but(self.sizes[0], BEGIN, END)

    def _read(self, step: list[int]) -> list[Event]:
        self.text.append(self.alphabet[step[0] - 2])
        return []

    def _close(self) -> list[Event]:
        return sorted(_events(parsed("".join(self.text))), key=lambda event: (event.tick, event.kind == "on"))


def parsed(text: str) -> Score:
    """The first tune in `text` that can be read; an empty Score when there is none."""
    from etude.formats.abc import FORMAT

    try:
        readings = FORMAT.parse(text.encode())
    except BadInput:
        return Score.of([])
    return next((reading.score for reading in readings if reading.score is not None), Score.of([]))


def _events(score: Score) -> Iterable[Event]:
    """What a Score holds, in any order."""
    for name in ("tempo", "meter", "key"):
        for row in getattr(score, name + "s").tolist():
            yield Event(row[0], name, number=row[1], value=row[2] if len(row) > 2 else 0)
    for mark in score.marks:
        yield Event(mark.tick, "mark", text=f"{mark.kind}:{mark.text}")
    for onset, duration, pitch, velocity, _ in score.notes.tolist():
        yield Event(onset, "on", 0, pitch, velocity)
        yield Event(onset + duration, "off", 0, pitch)
