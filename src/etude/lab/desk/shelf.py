"""The shelf of finished pieces: searched by word and by tag, from the page and from the terminal alike."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.lab.desk.book import DONE, STOPPED, Book, Row
from etude.lab.desk.making import FACTS

SHOWN = ("title", "model", "seed", "temperature", "seconds", "note_count", "stopped", "reproduce")
HEARD = ("favourite", "note", "batch", "number", "state", "made_at", "id")
MOST = 200  # pieces in a list, or in an archive
TAGS, LONGEST = 12, 30  # tags of a piece, and characters of one
TAG = re.compile(r"[\w .'+/-]+")  # a tag has no comma and no '#'


def tags_in(text: str) -> list[str]:
    """The tags in "slow, D minor": without '#', in small letters, each once. Raises UsageError for what is none."""
    found = dict.fromkeys(" ".join(one.lower().removeprefix("#").split()) for one in text.split(","))
    tags = [one for one in (part.strip() for part in found) if one]
    if len(tags) > TAGS:
        raise UsageError(f"A piece has {TAGS} tags at the most.")
    for tag in tags:
        if len(tag) > LONGEST or not TAG.fullmatch(tag):
            raise UsageError(f"A tag has 1 to {LONGEST} letters, digits, spaces or any of . ' + / -: '{tag[:40]}'")
    return tags


def facts_of(row: Row) -> dict[str, Any]:
    """What the folder of a piece says of it, without its notes; nothing of one that is not whole."""
    path = Path(row["folder"]) / FACTS
    facts: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return {**{key: facts.get(key) for key in SHOWN}, **{key: row[key] for key in HEARD}}


def library(book: Book, words: str = "", kept: bool = False) -> list[dict[str, Any]]:
    """The newest finished pieces with all of `words` in model, seed, title, note or tags; `kept`: favourites alone.

    A word with '#' before it is a whole tag, with '-' for its spaces: "folk #d-minor".
    """
    rows = book.rows(
        "SELECT * FROM pieces WHERE state IN (?, ?) AND favourite >= ? ORDER BY made_at DESC, number LIMIT 2000",
        *(DONE, STOPPED, int(kept)),
    )
    wanted = words.lower().split()
    found: list[dict[str, Any]] = []
    for row in rows:
        facts = {**facts_of(row), "tags": book.tags(row["id"])}
        if facts["title"] is not None and all(_has(facts, word) for word in wanted):
            found.append(facts)
        if len(found) == MOST:
            break
    return found


def _has(facts: dict[str, Any], word: str) -> bool:
    if word.startswith("#") and len(word) > 1:
        return word[1:] in [tag.replace(" ", "-") for tag in facts["tags"]]
    text = " ".join(str(facts.get(key)) for key in ("model", "seed", "title", "note", "id")).lower()
    return word in text or any(word in tag for tag in facts["tags"])


def tags_in_use(book: Book) -> list[dict[str, Any]]:
    """Every tag with how many pieces have it, the commonest first."""
    return book.rows(
        "SELECT tag, count(*) AS pieces FROM tags GROUP BY tag ORDER BY pieces DESC, tag LIMIT ?", MOST
    )
