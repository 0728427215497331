"""Whether ABC text is right: its syntax, and the lengths of its bars. Real and generated tunes go the same way.

A tune's syntax is right when the text is one tune and nothing else, and our ABC reader takes it without mending,
guessing or leaving out anything. Its bars are right when every one lasts as long as its meter says, except where
two parts of a bar complete each other: a pickup and a last bar, or the bars on both sides of a repeat sign, a
numbered ending or a double bar (`etude.formats.abc.bar_check` has the rule in full).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from etude.errors import BadInput
from etude.formats.abc import FORMAT, bar_check
from etude.formats.abc.bars import bar_lines
from etude.formats.base import Reading

CONFIDENCE = 1.959964  # standard errors of a 95 % interval


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


@dataclass(frozen=True)
class Share:
    """`count` of `total`, with Wilson's 95 % interval (Wilson 1927)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; NaN of nothing."""
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest share that 95 % confidence leaves."""
        if not self.total:
            return math.nan, math.nan
        n, z = self.total, CONFIDENCE
        middle = (self.value + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(self.value * (1 - self.value) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Validity:
    """Of a set of tunes: the share with right syntax, with right bars, with both; and of all bars, the right ones.

    Higher is better; what to aim at is the share of real tunes.
    """

    syntax: Share
    bars: Share
    both: Share
    each_bar: Share
    problems: tuple[str, ...]  # the first of every tune that is not right

    def as_json(self) -> dict[str, float | int]:
        """The shares and the number of tunes."""
        shares = {name: getattr(self, name).value for name in ("syntax", "bars", "both", "each_bar")}
        return {"tunes": self.both.total, **shares}


def check_tune(text: str) -> TuneCheck:
    """The TuneCheck of a text that should be one ABC tune."""
    try:
        readings = FORMAT.parse(text.encode())
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


def check_tunes(texts: Iterable[str]) -> Validity:
    """The Validity of a set of texts, one tune each."""
    checks = [check_tune(text) for text in texts]
    total = len(checks)
    wrong = sum(check.wrong_bars for check in checks)
    bars = sum(check.bars for check in checks)
    return Validity(
        syntax=Share(sum(check.syntax for check in checks), total),
        bars=Share(sum(check.bars_right for check in checks), total),
        both=Share(sum(check.right for check in checks), total),
        each_bar=Share(bars - wrong, bars),
        problems=tuple(check.problems[0] for check in checks if check.problems),
    )


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
