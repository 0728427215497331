"""What was asked for, made, liked and noted: one SQLite database beside the pieces, which lie in folders.

The database says which folder a piece lies in and what a person said of it; everything about the music is in the
folder, so that the terminal reads what the pages read. WAL mode: readers never wait for the writer.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason

SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY, made_at REAL NOT NULL, asked TEXT NOT NULL, source TEXT);
CREATE TABLE IF NOT EXISTS pieces (
  id TEXT PRIMARY KEY, batch TEXT NOT NULL REFERENCES batches(id), number INTEGER NOT NULL, folder TEXT NOT NULL,
  state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', favourite INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '', made_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS pieces_by_batch ON pieces(batch, number);
CREATE TABLE IF NOT EXISTS tags (
  piece TEXT NOT NULL REFERENCES pieces(id), tag TEXT NOT NULL, PRIMARY KEY (piece, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS prompts (id TEXT PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL);
"""
WAITING, GROWING, DONE, STOPPED, FAILED = "waiting", "growing", "done", "stopped", "failed"
UNFINISHED = (WAITING, GROWING)
Row = dict[str, Any]


class Book:
    """The database in `path`. One connection, one caller at a time; a call takes less than a millisecond."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(SCHEMA)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """The rows of a query."""
        with self.lock:
            return [dict(row) for row in self.connection.execute(sql, values)]

    def one(self, what: str, sql: str, *values: Any) -> Row:
        """The one row of a query. Raises BadInput saying that there is no such `what`."""
        found = self.rows(sql, *values)
        if not found:
            raise BadInput(f"There is no such {what}.", Reason.UNREADABLE)
        return found[0]

    def add_batch(
        self, batch: str, asked: Mapping[str, Any], source: str | None, pieces: Mapping[str, Path]
    ) -> None:
        """Notes a request and the pieces (id -> folder) that it will make, in their order."""
        now = time.time()
        with self.lock:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute(
                "INSERT INTO batches VALUES (?, ?, ?, ?)", (batch, now, json.dumps(asked), source)
            )
            for number, (piece, folder) in enumerate(pieces.items()):
                self.connection.execute(
                    "INSERT INTO pieces (id, batch, number, folder, state, made_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (piece, batch, number, str(folder), WAITING, now),
                )
            self.connection.execute("COMMIT")

    def set_state(self, piece: str, state: str, why: str = "") -> None:
        """Notes what has become of a piece, and why where something went wrong."""
        self.rows("UPDATE pieces SET state = ?, why = ? WHERE id = ? RETURNING id", state, why, piece)

    def say(self, piece: str, favourite: bool | None, note: str | None) -> Row:
        """Notes what a person thinks of a piece; None leaves it as it was. The row."""
        return self.one(
            "piece",
            "UPDATE pieces SET favourite = coalesce(?, favourite), note = coalesce(?, note) "
            "WHERE id = ? RETURNING *",
            *(favourite if favourite is None else int(favourite), note, piece),
        )

    def tag(self, piece: str, tags: Sequence[str]) -> None:
        """Notes the words by which a piece is to be found, in place of those it had."""
        with self.lock:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute("DELETE FROM tags WHERE piece = ?", (piece,))
            self.connection.executemany("INSERT INTO tags VALUES (?, ?)", [(piece, tag) for tag in tags])
            self.connection.execute("COMMIT")

    def tags(self, piece: str) -> list[str]:
        """The words by which a piece is to be found, in order."""
        return [row["tag"] for row in self.rows("SELECT tag FROM tags WHERE piece = ? ORDER BY tag", piece)]

    def close(self) -> None:
        """Closes the database."""
        with self.lock:
            self.connection.close()
