"""The endpoints of blind listening: sets of pairs or single pieces, their sounds, what people say, the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etude.apps.studio.asked import Asked, Data, Endpoint, File
from etude.apps.studio.fields import Field
from etude.errors import BadInput, Reason, UsageError
from etude.lab.desk import listening
from etude.lab.listening.scales import HIGH, LOW, SCALES

NAME = Field("rater", "string", "who listens", 1, 60, needed=True)
MAKE = (
    Field("model", "string", "a name that /api/models lists", 1, 1000, needed=True),
    Field("count", "integer", "pairs, or single pieces", 2, 100, needed=True),
    Field("seconds", "number", "of each piece, at most", 5, 120),
    Field("single", "boolean", "pieces by themselves instead of pairs"),
    Field("checks", "integer", "of them heard a second time, to see whether people listen", 0, 20),
)
ANSWER = (
    NAME,
    Field("pair", "integer", "its number", 1, 1000, needed=True),
    Field("heard", "boolean", "whether all of it was heard to its end", needed=True),
    Field("preference", "string", "a, b or equal", 1, 5),
    Field("comment", "string", "anything to add", 0, 5000),
    *(
        Field(f"{name}_{side}", "integer", f"{about} ({side})", LOW, HIGH)
        for name, (_, about) in SCALES.items()
        for side in ("a", "b")
    ),
)

ANSWERS = {"json": "application/json", "csv": "text/csv"}


def _sets(asked: Asked) -> Any:
    return {"sets": listening.sets(asked.desk.supplies.pairs()), **listening.questions()}


def _make(asked: Asked) -> Any:
    values = {"seconds": 20, "single": False, "checks": 0, **asked.values}
    if values["checks"] > values["count"] // 2:
        raise UsageError(f"Of {values['count']} no more than {values['count'] // 2} can be heard twice.")
    return {"id": asked.desk.supplies.make_pairs(values, asked.desk.tell)}


def _folder(asked: Asked) -> Path:
    """The folder of a set. Raises BadInput when there is none."""
    folder = asked.desk.supplies.pairs(asked.ids["id"])
    if not (folder / "key.json").is_file():
        raise BadInput("There is no such set of pairs.", Reason.UNREADABLE)
    return folder


def _set(asked: Asked) -> Any:
    folder, rater = _folder(asked), asked.query.get("rater", "")
    return {**listening.about(folder), "answers": listening.said(folder, rater) if rater else []}


def _answer(asked: Asked) -> Any:
    rest = {name: value for name, value in asked.values.items() if name != "rater"}
    return {"answered": listening.keep(_folder(asked), asked.values["rater"], rest)}


def _results(asked: Asked) -> Any:
    return {"results": listening.results(_folder(asked))}


def _answers(asked: Asked) -> Data:
    kind, folder = asked.ids["kind"], _folder(asked)
    if kind not in ANSWERS:
        raise UsageError(f"Answers are saved as {' or '.join(ANSWERS)}.")
    return Data(listening.answers(folder, kind), ANSWERS[kind], f"answers-{folder.name}.{kind}")


def _sound(asked: Asked) -> File:
    number, _, side = asked.ids["side"].partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise UsageError("A sound is the number of a pair and its side: 7-a.")
    return File(listening.sound(_folder(asked), int(number), side), "audio/wav", stays=True)


LISTENING: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/listening", "Sets of blind pairs, and what is asked of them.", _sets),
    Endpoint("POST", "/api/listening", "Begins to make a set of blind pairs.", _make, MAKE, status=202),
    Endpoint("GET", "/api/listening/{id}", "A set, and what a person said of it.", _set, query=("rater",)),
    Endpoint("PUT", "/api/listening/{id}", "Keeps what a person says of one pair or piece.", _answer, ANSWER),
    Endpoint("GET", "/api/listening/{id}/results", "Who was preferred, and how certainly.", _results),
    Endpoint("GET", "/api/listening/{id}/answers.{kind}", "What everybody said: json or csv.", _answers),
    Endpoint("GET", "/api/listening/{id}/sounds/{side}", "The sound of one side of a pair: 7-a.", _sound),
)
