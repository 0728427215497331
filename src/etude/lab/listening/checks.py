"""Whether people listened: what they said of the same thing the first and the second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etude.lab.listening.answers import Answer
from etude.lab.listening.planning import SIDES

NEAR = 1  # marks; nobody gives the same mark twice every time


@dataclass(frozen=True)
class Check:
    """How often one person, asked twice, said the same."""

    rater: str
    asked: int
    same: int

    HEADER = ("rater", "heard twice", "said the same")

    def row(self) -> tuple[Any, ...]:
        """The cells of the table."""
        return self.rater, self.asked, self.same


def checks(answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]) -> list[Check]:
    """A Check of each person who judged something twice."""
    given = {(answer.rater, answer.pair): answer for answer in answers}
    found = []
    for rater in sorted({answer.rater for answer in answers}):
        twice = [
            same(given[rater, row["repeats"]], given[rater, number])
            for number, row in sorted(key.items())
            if row.get("repeats") and (rater, number) in given and (rater, row["repeats"]) in given
        ]
        if twice:
            found.append(Check(rater, len(twice), sum(twice)))
    return found


def same(first: Answer, second: Answer) -> bool:
    """Whether the same was said twice: of a pair, whose sides are swapped, the same piece preferred; of a piece all
    marks within NEAR."""
    if first.preference is not None or second.preference is not None:
        swapped = dict(zip(SIDES, SIDES[::-1], strict=True))
        return first.preference == swapped.get(second.preference or "", second.preference)
    both = first.ratings.keys() & second.ratings.keys()
    return bool(both) and all(abs(first.ratings[place] - second.ratings[place]) <= NEAR for place in both)
