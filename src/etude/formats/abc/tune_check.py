"""Whether a text is one right ABC tune: its syntax, and the lengths of its bars.

The syntax is right when the text is one tune and nothing else, and the reader takes it without mending, guessing or
leaving out anything. The bars are right when every one lasts as long as its meter says, except where two parts of a
bar complete each other (`bar_check` has the rule in full).
"""

from __future__ import annotations

from dataclasses import dataclass

from etude.errors import BadInput
from etude.formats.abc.bars import bar_lines
from etude.formats.abc.check import bar_check
from etude.formats.abc.reader import read_book
from etude.formats.base import Reading


@dataclass(frozen=True)
class TuneCheck:
    """What is right about one text. `problems` names the first of what is not."""

    syntax: bool
    bars: int  # in all; 0 where nothing could be read
    wrong_bars: int
    problems: tuple[str, ...] = ()

    @property
    def bars_right(self) -> bool:
        """Whether there are bars and all of them fit."""
        return self.bars > 0 and not self.wrong_bars

    @property
    def right(self) -> bool:
        """Whether syntax and bars are both right."""
        return self.syntax and self.bars_right


def check_tune(text: str) -> TuneCheck:
    """The TuneCheck of a text that should be one ABC tune."""
    try:
        readings = read_book(text.encode())
    except BadInput as error:
        return TuneCheck(False, 0, 0, (str(error),))
    reading = readings[0]
    problems = _odd(readings, text)
    if reading.score is None:
        return TuneCheck(False, 0, 0, tuple(problems))
    errors = bar_check(reading.score)
    bars = [f"bar {error.bar} is {error.problem}: {error.length} of {error.expected} ticks" for error in errors]
    written = len(bar_lines(reading.score)) + 1
    return TuneCheck(not problems, written, len(errors), (*problems, *bars))


def _odd(readings: list[Reading], text: str) -> list[str]:
    """What the reader could not take as it stands."""
    found = [f"{len(readings)} tunes in one text"] if len(readings) > 1 else []
    first = readings[0]
    if first.score is None or first.reason is not None:
        found.append(f"{first.reason}: {first.detail}")
    found += first.warnings
    if len(readings) == 1 and first.text.split() != text.split():
        found.append("text outside the tune")
    return found
