"""Blind listening in the studio: sets of `etude pairs make`, judged in the page, read by `etude pairs read`.

Each set lies in a folder of its own, as `etude pairs make` writes it; what a person says is kept after every answer
in the folder's `answers`, one file a person, in the form that the page of `etude pairs` saves.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason, UsageError
from etude.files import sha256, write_atomically
from etude.lab.desk.plain import plain
from etude.lab.listening import read_pairs
from etude.lab.listening.answers import as_csv, as_json
from etude.lab.listening.key import read_key
from etude.lab.listening.planning import SIDES
from etude.lab.listening.results import FOLDER
from etude.lab.listening.scales import EQUAL, HIGH, LOW, SCALES

RATER = re.compile(r"[\w .'-]{1,60}")
_writing = threading.Lock()  # two answers at once would each write a file without the other


def sets(folder: Path) -> list[dict[str, Any]]:
    """The sets of pairs in `folder`, newest first, without what stands on which side."""
    keys = sorted(folder.glob("*/key.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [about(path.parent) for path in keys]


def about(folder: Path) -> dict[str, Any]:
    """What a person may know of a set before judging it. Raises BadInput when there is none."""
    key = read_key(folder)
    return {
        "id": folder.name,
        "count": key["count"],
        "model": key["model"]["name"],
        "against": key["against"],
        "seed": key["seed"],
        "sides": key.get("sides", list(SIDES)),
        "people": sorted(answers_file["rater"] for answers_file in _files(folder)),
    }


def questions() -> dict[str, Any]:
    """What is asked of each piece."""
    scales = [{"name": name, "title": title, "about": words} for name, (title, words) in SCALES.items()]
    return {"scales": scales, "low": LOW, "high": HIGH, "equal": EQUAL}


def said(folder: Path, rater: str) -> list[dict[str, Any]]:
    """What a person has said of the set so far."""
    return list(_read(_file(folder, rater)).get("answers", []))


def keep(folder: Path, rater: str, answer: Mapping[str, Any]) -> int:
    """How many a person has judged, with this `answer`, which is kept. Raises UsageError for nonsense."""
    key = read_key(folder)
    if not 1 <= answer["pair"] <= key["count"]:
        raise UsageError(f"There is no number {answer['pair']}.")
    sides = key.get("sides", list(SIDES))
    if answer.get("preference") not in ((None, EQUAL, *SIDES) if len(sides) > 1 else (None,)):
        raise UsageError("A preference is a, b or equal, and of pairs alone.")
    if not answer.get("heard"):
        raise UsageError("It is judged when all of it was heard.")
    marks = {
        side: {name: answer[f"{name}_{side}"] for name in SCALES if f"{name}_{side}" in answer} for side in SIDES
    }
    if any(found and side not in sides for side, found in marks.items()):
        raise UsageError("A single piece has no second side.")
    row = {
        **{"pair": answer["pair"], "preference": answer.get("preference"), "comment": answer.get("comment", "")},
        **{"ratings": marks, "heard": True, "at": datetime.now(UTC).isoformat(timespec="milliseconds")},
    }
    path = _file(folder, rater)
    with _writing:
        rows = {one["pair"]: one for one in _read(path).get("answers", [])} | {row["pair"]: row}
        kept = {"format": 1, "set": key["set"], "rater": rater, "answers": [rows[pair] for pair in sorted(rows)]}
        write_atomically(path, f"{json.dumps(kept, indent=1)}\n".encode())
    return len(rows)


def make_set(task: Mapping[str, Any], say: Callable[[dict[str, Any]], None], stopped: object) -> dict[str, Any]:
    """What a worker does: a set of a model's, in the task's folder. Raises EtudeError where there is no music."""
    from etude.lab.listening import Ask, make_pairs

    def watch(event: Mapping[str, Any]) -> None:
        say({"text": str(event.get("text", ""))})

    # private: real music that may not be passed on may be heard here, for nothing leaves this machine
    ask = Ask(int(task["count"]), seconds=float(task["seconds"]), private=True)
    ask = replace(ask, single=bool(task["single"]), checks=int(task["checks"]))
    make_pairs(task["model"], Path(task["folder"]), ask, watch)
    return about(Path(task["folder"]))


def results(folder: Path) -> dict[str, Any]:
    """Who was preferred, how certainly, and how far people agree: what `etude pairs read` says."""
    return plain(read_pairs(folder).answer())  # type: ignore[no-any-return]


def answers(folder: Path, kind: str) -> bytes:
    """What everybody said, as one "json" or "csv" file that `etude pairs read` takes."""
    return (as_csv if kind == "csv" else as_json)(read_key(folder)["set"], _files(folder))


def sound(folder: Path, pair: int, side: str) -> Path:
    """The sound of one side of a pair. Raises BadInput when there is none."""
    path = folder / "page" / "sound" / f"{pair:02d}-{side}.wav"
    if side not in SIDES or not path.is_file():
        raise BadInput("There is no such sound.", Reason.UNREADABLE)
    return path


def _file(folder: Path, rater: str) -> Path:
    """Where the answers of a person lie: named by a hash, for a name may be anything."""
    if not RATER.fullmatch(rater):
        raise UsageError("A name has 1 to 60 letters, digits, spaces, dots, dashes or apostrophes.")
    return folder / FOLDER / f"{sha256(rater.encode())[:16]}.json"


def _files(folder: Path) -> list[dict[str, Any]]:
    return [_read(path) for path in sorted((folder / FOLDER).glob("*.json"))]


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
