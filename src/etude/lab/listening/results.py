"""`etude pairs read`: answers and key together: who was preferred, how certainly, and how far people agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.lab.listening.alone import apart, marks_of, sources_of
from etude.lab.listening.answers import Answer, read_answers
from etude.lab.listening.checks import Check, checks
from etude.lab.listening.key import read_key
from etude.lab.listening.planning import MODEL, SIDES
from etude.lab.listening.scales import EQUAL, SCALES

if TYPE_CHECKING:
    from etude.evaluation.choices import Share
    from etude.evaluation.sets import Estimate

NOBODY = "Nobody has listened yet."
FOLDER = "answers"  # of the pairs: where files of answers are looked for when none is named


@dataclass(frozen=True)
class Preferred:
    """How often the model was preferred to one thing it was held against."""

    against: str
    raters: int
    answers: Share  # the model's, of all answers with a preference
    equal: int  # answers without one
    pairs: Share  # the model's, of all pairs, as most people chose; a draw is left out

    HEADER = ("against", "people", "answers", "no preference", "model preferred", "95 % from", "to", "verdict",
              "pairs", "model preferred by most", "95 % from", "to")  # fmt: skip

    def row(self) -> tuple[Any, ...]:
        """The cells of the table."""
        one, most = self.answers, self.pairs
        return (self.against, self.raters, one.choices, self.equal, one.value, one.low, one.high, one.verdict,
                most.choices, most.value, most.low, most.high)  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        told = {"answers": {**vars(self.answers), "verdict": self.answers.verdict}, "pairs": vars(self.pairs)}
        return {"against": self.against, "raters": self.raters, "equal": self.equal, **told}


@dataclass(frozen=True)
class Rated:
    """One scale: mean marks of the model and of what it was held against, and their difference.

    The difference is taken pair by pair; of single pieces between all of the one and all of the other.
    """

    against: str
    scale: str
    ours: float
    theirs: float
    difference: Estimate

    HEADER = ("against", "scale", "model", "other", "difference", "95 % from", "to")

    def row(self) -> tuple[Any, ...]:
        """The cells of the table."""
        gap = self.difference
        return (self.against, SCALES[self.scale][0], self.ours, self.theirs, gap.value, gap.low, gap.high)

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {**vars(self), "difference": vars(self.difference)}


@dataclass(frozen=True)
class Results:
    """All that was said. Without answers every table is empty."""

    answers: Sequence[Answer]
    replaced: int
    preferred: Sequence[Preferred]
    rated: Sequence[Rated]
    agreement: Mapping[str, float]  # preference and each scale -> Krippendorff's alpha
    checks: Sequence[Check] = ()  # of people who heard something twice; the second time counts nowhere else

    @property
    def raters(self) -> int:
        """How many people answered."""
        return len({answer.rater for answer in self.answers})

    @property
    def sentence(self) -> str:
        """How much there is."""
        if not self.answers:
            return NOBODY
        again = f"; {self.replaced} given again, the later ones count" if self.replaced else ""
        return f"{len(self.answers)} answers by {self.raters} {'person' if self.raters == 1 else 'people'}{again}."

    def answer(self) -> dict[str, Any]:
        """The keys of `etude pairs read --json`."""
        return {
            "said": self.sentence,
            "answers": len(self.answers),
            "raters": self.raters,
            "preferred": [row.as_json() for row in self.preferred],
            "rated": [row.as_json() for row in self.rated],
            "agreement": dict(self.agreement),
            "checks": [vars(one) for one in self.checks],
            "comments": [
                {"pair": one.pair, "rater": one.rater, "comment": one.comment}
                for one in self.answers
                if one.comment
            ],
        }


def read_pairs(folder: Path, paths: Sequence[Path] = ()) -> Results:
    """The Results of the pairs in `folder`: of the answers in `paths`, or of those in its folder FOLDER.

    Raises BadInput for a key or a file of answers that is none.
    """
    key = read_key(folder)
    given = paths or sorted(path for path in (folder / FOLDER).glob("*") if path.suffix in (".json", ".csv"))
    found = read_answers(given, key["set"], key["count"])
    return results(found.each, {row["pair"]: row for row in key["pairs"]}, found.replaced)


def results(answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]], replaced: int = 0) -> Results:
    """The Results of `answers`; `key` says of each pair what it was against and which side was the model's."""
    once = [answer for answer in answers if not key[answer.pair].get("repeats")]
    first = {number: row for number, row in key.items() if not row.get("repeats")}
    preferred, rated = _figures(once, first)
    return Results(once, replaced, preferred, rated, _agreement(once, first), checks(answers, key))


def _figures(
    answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]
) -> tuple[list[Preferred], list[Rated]]:
    """Preferences and marks; single pieces have no preference."""
    if any(row["against"] == MODEL for row in key.values()):
        rows = [_alone(kind, scale, answers, key) for kind in sources_of(key) for scale in SCALES]
        return [], [row for row in rows if row is not None]
    kinds = sorted({key[answer.pair]["against"] for answer in answers})
    preferred = [_preferred(kind, answers, key) for kind in kinds]
    return preferred, [row for kind in kinds for scale in SCALES for row in _rated(kind, scale, answers, key)]


def _alone(kind: str, scale: str, answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]) -> Rated | None:
    """The row of a scale, of single pieces; None where nobody judged the model's or the other's."""
    ours, theirs = (marks_of(source, scale, answers, key) for source in (MODEL, kind))
    if not len(ours) or not len(theirs):
        return None
    return Rated(kind, scale, float(ours.mean()), float(theirs.mean()), apart(ours, theirs))


def _preferred(kind: str, answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]) -> Preferred:
    from etude.evaluation.choices import share

    own = [answer for answer in answers if key[answer.pair]["against"] == kind]
    chosen = [answer for answer in own if answer.preference in SIDES]
    balance: dict[int, int] = {}
    for answer in chosen:
        won = answer.preference == key[answer.pair]["ours"]
        balance[answer.pair] = balance.get(answer.pair, 0) + (1 if won else -1)
    wins = sum(answer.preference == key[answer.pair]["ours"] for answer in chosen)
    decided = [most for most in balance.values() if most]
    return Preferred(
        kind,
        len({answer.rater for answer in own}),
        share(wins, len(chosen)),
        sum(answer.preference == EQUAL for answer in own),
        share(sum(most > 0 for most in decided), len(decided)),
    )


def _rated(kind: str, scale: str, answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]) -> list[Rated]:
    """The row of a scale; none where nobody gave marks to both sides of a pair."""
    from etude.evaluation.sets.estimates import mean_with_interval

    marks: dict[int, list[tuple[int, int]]] = {}
    for answer in answers:
        ours = key[answer.pair]["ours"]
        theirs = SIDES[1 - SIDES.index(ours)]
        if key[answer.pair]["against"] == kind and {(ours, scale), (theirs, scale)} <= answer.ratings.keys():
            marks.setdefault(answer.pair, []).append((answer.ratings[ours, scale], answer.ratings[theirs, scale]))
    if not marks:
        return []
    means = np.array([np.mean(both, axis=0) for both in marks.values()])  # [pairs, 2]
    mine, other = means.mean(axis=0).tolist()
    return [Rated(kind, scale, mine, other, mean_with_interval(means[:, 0] - means[:, 1]))]


def _agreement(answers: Sequence[Answer], key: Mapping[int, Mapping[str, Any]]) -> dict[str, float]:
    """Preference and scale -> alpha over people; empty without answers, NaN where too little was judged twice."""
    from etude.evaluation.choices import agreement

    if not answers:
        return {}
    raters = sorted({answer.rater for answer in answers})
    given = {(answer.rater, answer.pair): answer for answer in answers}
    both = [[given.get((rater, pair)) for pair in sorted(key)] for rater in raters]
    codes = {SIDES[0]: 0.0, SIDES[1]: 1.0, EQUAL: 0.5}
    said = [[codes.get(one.preference or "") if one else None for one in row] for row in both]
    found = {"preference": agreement(said, "nominal")}
    for scale in SCALES:
        marks = [[one.ratings.get((side, scale)) if one else None for one in row for side in SIDES] for row in both]
        found[scale] = agreement(marks, "ordinal")
    return found
