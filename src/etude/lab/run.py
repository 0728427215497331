"""Run: one training, kept in one folder that is the only truth about it.

recipe.toml       what was asked for, every setting written out
encoding.json     how music became steps
split.json        which piece was on which side
environment.json  machine, versions, threads
log.jsonl         one record an evaluation (and other events), in order
checkpoints/      what training can go on from
model.etude       the exported model, written when training ends or stops
samples/          pieces made from it
notes.md          whatever a person wants to remember
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from etude.config import read_toml, write_toml
from etude.errors import BadInput, Reason, UsageError
from etude.files import write_atomically

FORMAT_VERSION = 1


class Run:
    """A run folder. Nothing is cached: terminal, studio and scripts may look at the same folder at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, recipe: Mapping[str, Any]) -> Run:
        """A new run folder with its recipe written. Raises UsageError when something is there already."""
        if folder.exists() and any(folder.iterdir()):
            on = f", or go on with it: etude train --resume {folder}" if cls.is_run(folder) else "."
            raise UsageError(f"{folder} is not empty. Choose another --out{on}")
        run = cls(folder)
        try:
            run.checkpoints.mkdir(parents=True)
        except FileExistsError as error:  # two trainings at once: one of them makes the folder
            raise UsageError(f"{folder} cannot be made: {error.strerror}. Choose another --out.") from error
        run.write_text("recipe.toml", write_toml({"format_version": FORMAT_VERSION, **recipe}))
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """The run in `folder`. Raises BadInput when it is none or was written by a newer etude."""
        if not (folder / "recipe.toml").is_file():
            raise BadInput(
                f"{folder} is no run folder: it has no recipe.toml. List runs with: etude runs list",
                Reason.UNREADABLE,
            )
        run = cls(folder)
        version = read_toml(folder / "recipe.toml").get("format_version", 0)
        if version != FORMAT_VERSION:
            raise BadInput(
                f"{folder} has run format {version}; this etude reads {FORMAT_VERSION}. "
                "Use the etude version named in its environment.json.",
                Reason.UNSUPPORTED,
            )
        return run

    @staticmethod
    def is_run(folder: Path) -> bool:
        """Whether `folder` looks like a run."""
        return (folder / "recipe.toml").is_file()

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def exported(self) -> Path:
        """The exported model; it may not exist yet."""
        return self.folder / "model.etude"

    def recipe(self) -> dict[str, Any]:
        """The nested settings of the run, without the format version."""
        values = read_toml(self.folder / "recipe.toml")
        values.pop("format_version", None)
        return values

    def write_text(self, name: str, text: str) -> None:
        """Writes a file of the run whole."""
        write_atomically(self.folder / name, text.encode())

    def write_json(self, name: str, value: Any) -> None:
        """Writes a JSON file of the run whole."""
        self.write_text(name, json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n")

    def read_json(self, name: str) -> Any:
        """The value of a JSON file of the run. Raises BadInput naming the file when it cannot be read."""
        path = self.folder / name
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{path} cannot be read: {error}. The run is incomplete or damaged.", Reason.UNREADABLE
            ) from error

    def log(self, record: Mapping[str, Any]) -> None:
        """Appends one record to log.jsonl and makes it survive a crash."""
        line = json.dumps(record, default=float) + "\n"
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())

    def records(self) -> Iterator[dict[str, Any]]:
        """The records of log.jsonl in order; a last line cut by a crash is left out."""
        path = self.folder / "log.jsonl"
        if not path.is_file():
            return
        for line in path.read_text("utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def forget_after(self, step: int, end: bool = False) -> None:
        """Drops the records of steps after `step`: a resumed training writes them again; with `end` its end too."""
        kept = [
            record
            for record in self.records()
            if record.get("step", 0) <= step and not (end and record.get("event") == "end")
        ]
        self.write_text("log.jsonl", "".join(json.dumps(record) + "\n" for record in kept))


def remove_unless_begun(run: Run) -> None:
    """Takes the folder of a run away again when nothing was learned in it: no checkpoint and no record."""
    begun = (run.folder / "log.jsonl").exists() or any(path.is_dir() for path in run.checkpoints.iterdir())
    if not begun:
        shutil.rmtree(run.folder, ignore_errors=True)


def runs_in(folder: Path) -> list[Run]:
    """The runs in `folder`, oldest first."""
    if not folder.is_dir():
        return []
    found = [path.parent for path in folder.glob("*/recipe.toml")]
    return [
        Run(path) for path in sorted(found, key=lambda path: ((path / "recipe.toml").stat().st_mtime, path.name))
    ]
