"""What the pages of the studio ask: batches of pieces, and what a person says of them."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.lab.desk import book as states
from etude.lab.desk.asking import task_for
from etude.lab.desk.book import Book, Row
from etude.lab.desk.crew import Crew
from etude.lab.desk.jamming import Room, kept
from etude.lab.desk.making import FACTS, STEM
from etude.lab.desk.shelf import tags_in
from etude.lab.desk.supplies import Supplies, new_id
from etude.lab.run import Run

STUDIES = Path("studies")  # where `etude study` puts them
Tell = Callable[[dict[str, Any]], None]
NOTHING: dict[str, Any] = {"notes": [], "tracks": [], "steps": 0}


class Desk:
    """Everything under one `folder`. `tell` hears of every change, in threads of its own."""

    def __init__(self, folder: Path, runs: Path, tell: Tell, composers: int = 1, studies: Path = STUDIES) -> None:
        self.folder, self.tell = folder.absolute(), tell
        self.book = Book(self.folder / "studio.sqlite")
        self.supplies = Supplies(self.folder, runs, studies, self.book)
        self.composers = Crew(composers)
        self.lock = threading.Lock()
        self.growing: dict[str, dict[str, Any]] = {}  # piece -> its notes so far

    def resume(self) -> None:
        """Asks again for the pieces that were not finished when the studio ended: the same seed, the same music."""
        for row in self.book.rows("SELECT * FROM pieces WHERE state IN (?, ?)", *states.UNFINISHED):
            batch = self.book.one("batch", "SELECT * FROM batches WHERE id = ?", row["batch"])
            self._ask(row, json.loads(batch["asked"]))

    def warm(self, model: str) -> dict[str, Any]:
        """Loads a model ahead of its first piece; what its own settings are."""
        self.supplies.check_model(model)
        return self.composers.call("warm", model=model)

    def compose(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The batch that was asked for; its pieces begin to grow. Raises EtudeError for what cannot be."""
        self.supplies.check_model(asked["model"])
        kept = {**asked, "seed": secrets.randbits(31) if asked.get("seed") is None else asked["seed"]}
        task_for(kept, self._file)
        batch, folder = new_id(), self._place(kept["model"])
        pieces = {number: folder / f"studio-{number}" for number in (new_id() for _ in range(int(kept["count"])))}
        self.book.add_batch(batch, kept, kept.get("piece"), pieces)
        self.tell({"kind": "batch", "batch": batch})
        for row in self.book.rows("SELECT * FROM pieces WHERE batch = ? ORDER BY number", batch):
            self._ask(row, kept)
        return self.batch(batch)

    def stop(self, piece: str) -> None:
        """Stops a piece; what exists of it is kept."""
        self.row(piece)
        self.composers.stop(piece)

    def batch(self, batch: str) -> dict[str, Any]:
        """A batch with its pieces as far as they are."""
        row = self.book.one("batch", "SELECT * FROM batches WHERE id = ?", batch)
        rows = self.book.rows("SELECT * FROM pieces WHERE batch = ? ORDER BY number", batch)
        return {**row, "asked": json.loads(row["asked"]), "pieces": [self._seen(one) for one in rows]}

    def batches(self, limit: int = 50) -> list[dict[str, Any]]:
        """The newest batches, without their music."""
        rows = self.book.rows("SELECT * FROM batches ORDER BY made_at DESC LIMIT ?", limit)
        return [{**row, "asked": json.loads(row["asked"])} for row in rows]

    def row(self, piece: str) -> Row:
        """The row of a piece. Raises BadInput when there is none."""
        return self.book.one("piece", "SELECT * FROM pieces WHERE id = ?", piece)

    def piece(self, piece: str) -> dict[str, Any]:
        """A piece as far as it is."""
        return self._seen(self.row(piece))

    def say(
        self, piece: str, favourite: bool | None = None, note: str | None = None, tags: str | None = None
    ) -> dict[str, Any]:
        """Keeps what a person thinks of a piece; None leaves it as it was. Raises UsageError for no tags."""
        wanted = None if tags is None else tags_in(tags)
        row = self.book.say(piece, favourite, note)
        if wanted is not None:
            self.book.tag(piece, wanted)
        said = {"favourite": bool(row["favourite"]), "note": row["note"], "tags": self.book.tags(piece)}
        self.tell({"kind": "said", "piece": piece, **said})
        return {"id": piece, **said}

    def jam(self, room: Room) -> str | None:
        """Plays a jam to its end; the id of the piece that was kept of it, None when nothing was played."""
        jammed = room.play()
        batch, number = new_id(), new_id()
        folder = self._place(room.asked["model"]) / f"studio-{number}"
        if not kept(jammed, folder, room.asked):
            return None
        asked = {"model": room.asked["model"], "count": 1, "seed": room.asked["seed"]}
        self.book.add_batch(batch, asked, None, {number: folder})
        self.book.set_state(number, states.DONE)
        self.tell({"kind": "batch", "batch": batch})
        self.tell({"kind": "piece", "piece": self.piece(number)})
        return number

    def close(self) -> None:
        """Ends the workers and closes the book."""
        self.composers.close()
        self.supplies.close()
        self.book.close()

    def _place(self, model: str) -> Path:
        """Where pieces of a model lie: in its run's folder, else in ours."""
        run = Path(model)
        return (run.absolute() if Run.is_run(run) else self.folder) / "samples"

    def _file(self, kind: str, number: str) -> Path:
        """The file of a prompt or of a finished piece, for another piece to begin with."""
        if kind == "prompt":
            return self.supplies.prompt(number)
        folder = Path(self.row(number)["folder"])
        found = next((path for path in (folder / f"{STEM}.abc", folder / f"{STEM}.mid") if path.is_file()), None)
        if found is None:
            raise BadInput("That piece has no music yet.", Reason.EMPTY)
        return found

    def _ask(self, row: Row, asked: Mapping[str, Any]) -> None:
        task = {**task_for(asked, self._file), "id": row["id"], "index": row["number"], "folder": row["folder"]}
        self.composers.ask(task, lambda words: self._hear(row["id"], words))

    def _hear(self, piece: str, words: dict[str, Any]) -> None:
        """Takes what a worker says of a piece."""
        if "news" in words:
            self._grow(piece, words["news"])
            return
        with self.lock:
            self.growing.pop(piece, None)
        if "done" in words:
            stopped = words["done"]["stopped"]
            self.book.set_state(piece, states.STOPPED if stopped else states.DONE)
        else:
            self.book.set_state(piece, states.FAILED, words["failed"])
        self.tell({"kind": "piece", "piece": self.piece(piece)})

    def _grow(self, piece: str, news: dict[str, Any]) -> None:
        with self.lock:
            first = piece not in self.growing
            known = self.growing.setdefault(piece, {**NOTHING, "notes": []})
            if news["again"]:
                known["notes"] = []
            known["notes"] += news["notes"]
            known["tracks"], known["steps"] = news["tracks"], news["steps"]
        if first:
            self.book.set_state(piece, states.GROWING)
        self.tell({"kind": "grown", "id": piece, **news})

    def _seen(self, row: Row) -> dict[str, Any]:
        """A row as pages see it: with the music, without the folder."""
        facts: dict[str, Any] = {}
        file = Path(row["folder"]) / FACTS
        if file.is_file():
            facts = json.loads(file.read_bytes())
        else:
            with self.lock:
                facts = {**NOTHING, **self.growing.get(row["id"], {})}
                facts["notes"] = list(facts["notes"])
        said = {"favourite": bool(row["favourite"]), **{key: row[key] for key in KEPT}}
        said["tags"] = self.book.tags(row["id"])
        return {**facts, **said}


KEPT = ("id", "batch", "number", "state", "why", "note", "made_at")  # of a row
