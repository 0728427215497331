"""Everything a page, or a program of yours, can ask the studio for: one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etude.apps.studio.asked import Asked, Data, Endpoint, File, ids_of
from etude.apps.studio.fields import Field
from etude.apps.studio.listening import LISTENING
from etude.apps.studio.training import TRAINING
from etude.errors import UsageError
from etude.lab.desk.asking import TOLD
from etude.lab.desk.looking import archive, beside, rows_of
from etude.lab.desk.shelf import library, tags_in_use
from etude.lab.desk.supplies import KINDS

TEXT, FILE_NAME = 20_000, 200  # characters
COMPOSE = (
    Field("model", "string", "a name that /api/models lists", 1, 1000, needed=True),
    Field("count", "integer", "pieces", 1, 16, needed=True),
    Field("text", "string", "typed music to begin with: ABC, note names or letters", 1, TEXT),
    Field("prompt", "string", "the id of a file that was sent, to begin with", 16, 16),
    Field("random", "boolean", "begin with a few random steps"),
    Field("piece", "string", "the id of a piece to work on", 16, 16),
    Field("how", "string", "what is done with it: continue, from-bar, infill, vary", 1, 10),
    Field("selection", "string", "bars as they are written: 5 or 5-8", 1, 12),
    Field("bars", "integer", "bars to add", 1, 500),
    Field("seconds", "number", "seconds of music to add", 0.1, 3600),
    Field("steps", "integer", "steps to draw", 1, 16_000),
    Field("temperature", "number", "0 safe, 2 adventurous; left out: the model's own", 0, 4),
    Field("seed", "integer", "the random number; left out: drawn and told", 0, 2**31 - 1),
    Field("top_p", "number", "keep the likeliest values up to this probability", 0, 1),
    Field("top_k", "integer", "keep so many of the likeliest values", 0, 100_000),
    Field("min_p", "number", "keep values at least this times as likely as the likeliest", 0, 1),
    Field("repeat_rate", "number", "share of passages that may come back", 0, 1),
    Field("repeat_penalty", "number", "nats against an immediate repetition", 0, 100),
    Field("scale", "string", "no other notes sound: D dorian", 1, 200),
    Field("range", "string", "the lowest and the highest note: G3-G5", 1, 20),
    Field("chords", "string", "one a bar, again and again: Dm G Dm Am", 1, 500),
    Field("meter", "string", "of an encoding that writes one: 6/8", 1, 10),
    Field("form", "string", "sections, with bars as they sound: AABB", 1, 40),
    *(Field(name, "string", "a condition, for a model that was told such", 1, 60) for name in TOLD),
    Field("polyphony", "integer", "notes that may sound at once", 1, 100),
    Field("max_copied", "integer", "notes in a row that may stand in the training music", 4, 10_000),
)
SAID = (
    Field("favourite", "boolean", "whether it is one to keep"),
    Field("note", "string", "what you think of it", 0, 5000),
    Field("tags", "string", "words to find it by, with commas between", 0, 500),
)


def _models(asked: Asked) -> Any:
    return {"models": asked.desk.supplies.models()}


def _warm(asked: Asked) -> Any:
    return asked.desk.warm(asked.values["model"])


def _text(asked: Asked) -> Any:
    return asked.desk.supplies.read_text(asked.values["text"])


def _file(asked: Asked) -> Any:
    name = asked.query.get("name", "")[:FILE_NAME]
    return asked.desk.supplies.add_prompt(asked.body, Path(name).suffix.lower(), name)


def _compose(asked: Asked) -> Any:
    return asked.desk.compose(asked.values)


def _batches(asked: Asked) -> Any:
    return {"batches": asked.desk.batches()}


def _batch(asked: Asked) -> Any:
    return asked.desk.batch(asked.ids["id"])


def _stop_batch(asked: Asked) -> Any:
    pieces = asked.desk.batch(asked.ids["id"])["pieces"]
    for piece in pieces:
        if piece["state"] in ("waiting", "growing"):
            asked.desk.stop(piece["id"])
    return {"stopped": [piece["id"] for piece in pieces]}


def _piece(asked: Asked) -> Any:
    return asked.desk.piece(asked.ids["id"])


def _stop(asked: Asked) -> Any:
    asked.desk.stop(asked.ids["id"])
    return {"stopped": [asked.ids["id"]]}


def _say(asked: Asked) -> Any:
    return asked.desk.say(asked.ids["id"], **asked.values)


def _music(asked: Asked) -> File:
    kind = asked.ids["kind"]
    row = asked.desk.row(asked.ids["id"])
    path = asked.desk.supplies.file(row, kind)
    shown = kind == "sheet" or (kind == "wav" and not asked.query.get("save"))
    return File(path, KINDS[kind], "" if shown else f"etude-{row['id']}{path.suffix}", stays=True)


def _score(asked: Asked) -> Any:
    return {"pages": len(asked.desk.supplies.pages(asked.desk.row(asked.ids["id"])))}


def _score_page(asked: Asked) -> File:
    pages = asked.desk.supplies.pages(asked.desk.row(asked.ids["id"]))
    number = asked.ids["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < 5 and 1 <= int(number) <= len(pages)):
        raise UsageError(f"A page of this score is a number, 1 to {len(pages)}.")
    return File(pages[int(number) - 1], KINDS["sheet"], stays=True)


def _library(asked: Asked) -> Any:
    book, words = asked.desk.book, asked.query.get("words", "")[:200]
    return {"pieces": library(book, words, asked.query.get("kept") == "1"), "tags": tags_in_use(book)}


def _beside(asked: Asked) -> Any:
    return beside(asked.desk.supplies, rows_of(asked.desk.book, ids_of(asked)))


def _archive(asked: Asked) -> Data:
    return Data(archive(rows_of(asked.desk.book, ids_of(asked))), "application/zip", "etude-pieces.zip")


def _sprite(asked: Asked) -> File:
    path = asked.desk.supplies.sprite(_number(asked.ids["program"]))
    return File(path, "audio/wav")


def _about_sprite(asked: Asked) -> File:
    path = asked.desk.supplies.sprite(_number(asked.ids["program"]))
    return File(path.with_suffix(".json"), "application/json")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise UsageError("An instrument is a number, 0 to 127, or 128 for drums.")
    return int(text)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/models", "The models one can compose with.", _models),
    Endpoint("POST", "/api/models/warm", "Loads a model ahead of its first piece.", _warm, COMPOSE[:1]),
    Endpoint(
        *("POST", "/api/prompts/text", "How typed music looks and sounds.", _text),
        fields=(Field("text", "string", "ABC, note names or letters", 1, TEXT, needed=True),),
    ),
    Endpoint(
        *("POST", "/api/prompts/file", "Keeps a music file to begin with, read by a guarded worker.", _file),
        query=("name",),
        raw=True,
    ),
    Endpoint("POST", "/api/batches", "Begins to make pieces.", _compose, COMPOSE, status=202),
    Endpoint("GET", "/api/batches", "The newest requests.", _batches),
    Endpoint("GET", "/api/batches/{id}", "A request and its pieces as far as they are.", _batch),
    Endpoint("POST", "/api/batches/{id}/stop", "Stops its pieces; what exists is kept.", _stop_batch),
    Endpoint("GET", "/api/pieces/{id}", "A piece as far as it is.", _piece),
    Endpoint("PATCH", "/api/pieces/{id}", "Keeps what you think of a piece.", _say, SAID),
    Endpoint("POST", "/api/pieces/{id}/stop", "Stops a piece; what exists of it is kept.", _stop),
    Endpoint("GET", "/api/pieces/{id}/files/{kind}", "A piece as a file: " + ", ".join(KINDS), _music),
    Endpoint("GET", "/api/pieces/{id}/score", "How many pages the score of a piece has.", _score),
    Endpoint("GET", "/api/pieces/{id}/score/{number}", "A page of the score, from 1.", _score_page),
    Endpoint("GET", "/api/library", "Finished pieces, the newest first.", _library, query=("words", "kept")),
    Endpoint(
        "GET", "/api/compare", "Measures of pieces, and what differs in their making.", _beside, query=("ids",)
    ),
    Endpoint("GET", "/api/export", "Pieces as a zip, with their lines of reproduction.", _archive, query=("ids",)),
    Endpoint("GET", "/api/sprites/{program}.wav", "The notes of an instrument.", _sprite),
    Endpoint("GET", "/api/sprites/{program}.json", "Where each note of an instrument lies.", _about_sprite),
    *TRAINING,
    *LISTENING,
)
