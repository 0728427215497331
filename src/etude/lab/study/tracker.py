"""The tracker: of every arm its configuration, what changed, hypothesis, expectation, results, observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etude.lab.study.analysis import Compared, short, signed
from etude.lab.study.plan import BASELINE, Variant
from etude.lab.study.study import Study

CHANGED = " <- CHANGED"
SHOWN = 8  # outcomes among the results


@dataclass(frozen=True)
class Entry:
    """One arm as the tracker tells of it."""

    number: int
    title: str
    status: str
    configuration: Sequence[str]  # "setting: value", with the mark on what changed
    hypothesis: str
    expected: str
    results: Sequence[str]
    observations: Sequence[str]


def entries(study: Study) -> list[Entry]:
    """An Entry for every arm, the baseline first, those that are only planned with their date."""
    keys = sorted({key for one in study.checked.variants for key in study.checked.differences(one)}
                  if len(study.checked.variants) > 1 else ())  # fmt: skip
    return [_entry(study, number, one, keys) for number, one in enumerate(study.checked.variants)]


def _entry(study: Study, number: int, one: Variant, keys: Sequence[str]) -> Entry:
    answers = [found for found in study.found if found.contrast.arm == one.name]
    return Entry(
        number,
        one.name,
        _status(study, one),
        [_line(study, one, key) for key in keys],
        one.hypothesis or _default_hypothesis(one),
        one.expected or _default_expectation(one),
        list(_results(study, one)),
        list(_observations(study, one, answers)),
    )


def _line(study: Study, one: Variant, key: str) -> str:
    changed = one.name != BASELINE and key in study.checked.differences(one)
    return f"{key}: {study.checked.settings[one.name].get(key)}{CHANGED * changed}"


def _status(study: Study, one: Variant) -> str:
    if one.planned:
        return f"planned for {one.planned}: {one.status}"
    states = [row.state for row in study.rows if row.arm == one.name]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "not begun"


def _default_hypothesis(one: Variant) -> str:
    return "" if one.name == BASELINE else f"{one.name} changes what {one.beside} reaches"


def _default_expectation(one: Variant) -> str:
    return "" if one.name == BASELINE else "nothing was foretold"


def _results(study: Study, one: Variant) -> Iterator[str]:
    for outcome in study.outcomes[:SHOWN]:
        mean = study.columns.mean(one.name, outcome.key)
        if mean is not None:
            yield f"{outcome.label}: {short(mean)}"


def _observations(study: Study, one: Variant, answers: Sequence[Compared]) -> Iterator[str]:
    if one.name == BASELINE:
        yield "what the others are held against"
    for found in answers:
        yield f"{found.outcome.label} {found.verdict}{_foretold(one.expected, found)}"
        for outcome in study.outcomes[1:]:
            effect = found.effects[outcome.key]
            if effect.direction in ("lower", "higher"):
                yield f"{outcome.label} {effect.direction} by {signed(effect.mean).lstrip('+-')}"
    for row in study.rows:
        if row.arm == one.name and row.state in ("crashed", "pruned"):
            yield f"seed {row.seed} {row.state}: {row.message}"


def _foretold(expected: str, found: Compared) -> str:
    """Whether it came as expected, where "lower" or "higher" was."""
    if expected not in ("lower", "higher"):
        return ""
    direction = found.effect.direction
    if direction not in ("lower", "higher"):
        return " (expectation: not decided)"
    return " (as expected)" if direction == expected else " (the opposite was expected)"


def markdown(entry: Entry) -> str:
    """The entry in the form of the tracker template."""
    lines = [f"### {entry.number}. {entry.title}", "", f"**Status**: {entry.status}", "", "**Configuration**:", ""]
    lines += [f"- {line}" for line in entry.configuration]
    if entry.hypothesis:
        lines += ["", f"**Hypothesis**: {entry.hypothesis}", "", f"**Expected**: {entry.expected}"]
    for title, told in (("Results", entry.results), ("Observations", entry.observations)):
        lines += ["", f"**{title}**:", "", *(f"- {line}" for line in told or ["none yet"])]
    return "\n".join(lines)
