"""How many tunes of a set are right as written. Real and generated tunes go the same way.

Whoever wrote the tunes down says of each whether its syntax and its bars are right, as
`etude.formats.abc.check_tune` does of ABC text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

CONFIDENCE = 1.959964  # standard errors of a 95 % interval


class Checked(Protocol):
    """What was found about one tune."""

    @property
    def syntax(self) -> bool:
        """Whether the text can be read as it stands."""

    @property
    def bars(self) -> int:
        """Bars in all; 0 where nothing could be read."""

    @property
    def wrong_bars(self) -> int:
        """Those that do not fit their meter."""

    @property
    def problems(self) -> Sequence[str]:
        """The first of what is wrong; empty where nothing is."""


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


def validity(checks: Iterable[Checked]) -> Validity:
    """The Validity of a set of tunes, from what was found about each."""
    tunes = list(checks)
    bars, wrong = sum(tune.bars for tune in tunes), sum(tune.wrong_bars for tune in tunes)
    fit = [tune.bars > 0 and not tune.wrong_bars for tune in tunes]
    return Validity(
        syntax=Share(sum(tune.syntax for tune in tunes), len(tunes)),
        bars=Share(sum(fit), len(tunes)),
        both=Share(sum(tune.syntax and right for tune, right in zip(tunes, fit)), len(tunes)),
        each_bar=Share(bars - wrong, bars),
        problems=tuple(tune.problems[0] for tune in tunes if tune.problems),
    )
