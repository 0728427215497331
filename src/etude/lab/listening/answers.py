"""What people said of pairs or pieces, from the files that pages save: JSON or CSV, each answer checked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.lab.listening.planning import SIDES
from etude.lab.listening.scales import EQUAL, HIGH, LOW, SCALES

LARGEST = 5_000_000  # bytes of a file of answers
COLUMNS = {"set", "rater", "pair", "preference", "comment", "at", "heard"} | {
    f"{scale}_{side}" for scale in SCALES for side in SIDES
}  # of answers saved as CSV


@dataclass(frozen=True)
class Answer:
    """What one person said of one pair; what was left open is missing."""

    rater: str
    pair: int
    preference: str | None  # a side, EQUAL, or None
    ratings: Mapping[tuple[str, str], int]  # (side, scale) -> LOW to HIGH
    comment: str = ""
    at: str = ""  # when, as the page wrote it (ISO 8601)


@dataclass(frozen=True)
class Answers:
    """All answers to one set of pairs, one for each person and pair, and what was taken back."""

    each: Sequence[Answer]
    replaced: int = 0  # answers that the same person gave again


def read_answers(paths: Sequence[Path], name: str, count: int) -> Answers:
    """The answers in `paths` to the set `name` of `count` pairs; of two by one person the later one stands.

    Raises BadInput naming the file and what is wrong with it: nothing is repaired or left out.
    """
    latest: dict[tuple[str, int], Answer] = {}
    seen = 0
    for path in paths:
        for answer in _checked(path, name, count):
            seen += 1
            before = latest.get((answer.rater, answer.pair))
            if before is None or answer.at >= before.at:
                latest[answer.rater, answer.pair] = answer
    return Answers([latest[key] for key in sorted(latest)], seen - len(latest))


def _checked(path: Path, name: str, count: int) -> Iterator[Answer]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", Reason.UNREADABLE) from error
    if len(data) > LARGEST:
        raise BadInput(f"{path} has more than {LARGEST // 10**6} MB: it holds no answers.", Reason.TOO_LARGE)
    try:
        for given in _rows(data.decode("utf-8-sig")):
            if given["set"] != name:
                raise ValueError(f"it answers the pairs {given['set']}, and the key is of {name}")
            yield _answer(given, count)
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise BadInput(f"{path} holds no answers to these pairs: {_said(error)}.", Reason.BAD_STRUCTURE) from error


def as_json(name: str, people: Sequence[Mapping[str, Any]]) -> bytes:
    """What `people` ({"rater", "answers"} each) said of the set `name`, in one file that `read_answers` takes."""
    told = [{"rater": one["rater"], "answers": one["answers"]} for one in people]
    return f"{json.dumps({'format': 1, 'set': name, 'people': told}, indent=1)}\n".encode()


def as_csv(name: str, people: Sequence[Mapping[str, Any]]) -> bytes:
    """The same as a table, a row an answer, in the columns in which a page saves it."""
    marks = [(scale, side) for scale in SCALES for side in SIDES]
    out = io.StringIO(newline="")
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    judged = [f"{scale}_{side}" for scale, side in marks]
    table.writerow(["set", "rater", "pair", "preference", *judged, "comment", "at", "heard"])
    for one in people:
        for given in one["answers"]:
            found = [given["ratings"].get(side, {}).get(scale, "") for scale, side in marks]
            start = [name, one["rater"], given["pair"], given["preference"] or ""]
            table.writerow([*start, *found, given["comment"], given["at"], "true"])
    return out.getvalue().encode()


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    """One mapping an answer, whichever way it was saved, with the same keys."""
    if text.lstrip()[:1] == "{":
        page = json.loads(text)
        for person in page.get("people", [page]):
            for answer in person["answers"]:
                yield {**answer, "set": page["set"], "rater": person["rater"]}
        return
    table = csv.DictReader(io.StringIO(text, newline=""))
    if missing := COLUMNS - set(table.fieldnames or ()):
        raise KeyError(f"column {min(missing)}")
    for row in table:
        marks = {side: {scale: row[f"{scale}_{side}"] or None for scale in SCALES} for side in SIDES}
        yield {**row, "ratings": marks, "preference": row["preference"] or None, "heard": row["heard"] == "true"}


def _answer(given: Mapping[str, Any], count: int) -> Answer:
    """The Answer. Raises ValueError for one that the page cannot have written."""
    pair, rater, preference = int(given["pair"]), str(given["rater"]).strip(), given["preference"]
    if not 1 <= pair <= count:
        raise ValueError(f"there is no pair {pair}")
    if not rater:
        raise ValueError("nobody says whose they are")
    if given["heard"] is not True:
        raise ValueError(f"pair {pair} was judged and not heard")
    if preference not in (None, EQUAL, *SIDES):
        raise ValueError(f"'{preference}' is no preference")
    marks = {
        (side, scale): _mark(mark, pair)
        for side in SIDES
        for scale, mark in given["ratings"][side].items()
        if mark is not None
    }
    if unknown := {scale for _, scale in marks} - set(SCALES):
        raise ValueError(f"there is no scale {', '.join(sorted(unknown))}")
    return Answer(rater, pair, preference, marks, str(given["comment"] or ""), str(given["at"] or ""))


def _mark(given: Any, pair: int) -> int:
    mark = int(given)
    if not LOW <= mark <= HIGH or isinstance(given, (bool, float)):
        raise ValueError(f"'{given}' is no mark from {LOW} to {HIGH} (pair {pair})")
    return mark
