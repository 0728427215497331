"""What composing and looking at pieces needs: models, prompts, files of other kinds, the sound of instruments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.files import sha256, write_atomically
from etude.lab.bundled import bundled_models
from etude.lab.catalogue import at_hand
from etude.lab.desk.book import Book, Row
from etude.lab.desk.crew import Crew
from etude.lab.desk.errands import PROGRAMS
from etude.lab.desk.making import STEM

KINDS = {
    "mid": "audio/midi",
    "abc": "text/vnd.abc",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "wav": "audio/wav",
    "sheet": "image/svg+xml",
}  # of files that a page may ask for, and what they are to a browser
PAGE = re.compile(rf"{STEM}\.sheet-(\d{{1,4}})\.svg")  # of a score, from the second on


def new_id() -> str:
    """A name that nobody can guess: 16 hexadecimal digits."""
    return secrets.token_hex(8)


class Supplies:
    """Everything that is fetched or made on the side, by the one worker of `helpers`."""

    def __init__(self, folder: Path, runs: Path, studies: Path, book: Book) -> None:
        self.folder, self.runs, self.studies, self.book = folder, runs, studies, book
        self.helpers = Crew(1)
        self.pairing = Crew(1)  # takes minutes

    def models(self) -> list[dict[str, Any]]:
        """The models one can compose with, those that come with etude first, then the newest; none is opened."""
        found = [{"name": one.name, "kind": "bundled", "title": one.name} for one in bundled_models()]
        runs = [
            {"name": str(name), "kind": kind, "title": name.stem} for name, _, kind in reversed(at_hand(self.runs))
        ]
        return found + runs

    def check_model(self, name: str) -> None:
        """Raises BadInput for a name that is not in the list: nothing else is ever opened."""
        if not any(model["name"] == name for model in self.models()):
            raise BadInput("There is no such model; `etude models` lists them.", Reason.UNREADABLE)

    def add_prompt(self, data: bytes, suffix: str, name: str) -> dict[str, Any]:
        """How a stranger's file looks, read by a guarded worker; it is kept. Raises EtudeError with why not."""
        from etude.formats import suffixes

        if suffix not in suffixes():
            raise BadInput(f"Such files are not read. Possible: {' '.join(suffixes())}", Reason.UNKNOWN_FORMAT)
        number = new_id()
        path = self.folder / "prompts" / f"{number}{suffix}"
        write_atomically(path, data)
        try:
            seen = self.helpers.call("prompt", prompt={"file": str(path)})
        except Exception:
            path.unlink(missing_ok=True)
            raise
        self.book.rows("INSERT INTO prompts VALUES (?, ?, ?) RETURNING id", number, name[:200], str(path))
        return {"id": number, "name": name[:200], **seen}

    def read_text(self, text: str) -> dict[str, Any]:
        """How typed music looks. Raises BadInput with the reason when it is none."""
        return self.helpers.call("prompt", prompt={"text": text})

    def prompt(self, number: str) -> Path:
        """The file of a prompt. Raises BadInput when there is none."""
        return Path(self.book.one("prompt", "SELECT file FROM prompts WHERE id = ?", number)["file"])

    def file(self, row: Row, kind: str) -> Path:
        """The file of a finished piece, made when it is asked for first. Raises BadInput for another kind."""
        if kind not in KINDS:
            raise BadInput(f"There is no such kind of file. Possible: {', '.join(KINDS)}.", Reason.UNKNOWN_FORMAT)
        folder = Path(row["folder"])
        path = folder / (f"{STEM}.sheet.svg" if kind == "sheet" else f"{STEM}.{kind}")
        if not path.is_file():
            if not (folder / f"{STEM}.mid").is_file():
                raise BadInput("There is no music in it yet.", Reason.EMPTY)
            self.helpers.call("kind", folder=str(folder), kind=kind)
        return path

    def pages(self, row: Row) -> list[Path]:
        """The pages of a finished piece's score, in order, drawn when they are asked for first."""
        first = self.file(row, "sheet")
        found = [(PAGE.fullmatch(path.name), path) for path in first.parent.glob(f"{STEM}.sheet-*.svg")]
        more = {int(match[1]): path for match, path in found if match}
        return [first, *(more[number] for number in sorted(more))]

    def pairs(self, number: str = "") -> Path:
        """The folder of a set of blind pairs, or of all of them."""
        return self.folder / "pairs" / number

    def make_pairs(self, wanted: Mapping[str, Any], tell: Callable[[dict[str, Any]], None]) -> str:
        """The id of a set of pairs that is being made; `tell` hears how far it is, and what became of it.

        wanted: model, count, seconds, single, checks.
        """
        self.check_model(wanted["model"])
        number = new_id()

        def told(words: dict[str, Any]) -> None:
            if "news" in words:
                said = {"text": words["news"]["text"]}
            elif "done" in words:
                said = {"text": "ready", "set": words["done"]}
            else:
                said = {"text": words["failed"], "failed": True}
            tell({"kind": "pairs", "id": number, **said})

        self.pairing.ask({**wanted, "do": "pairs", "id": number, "folder": str(self.pairs(number))}, told)
        return number

    def close(self) -> None:
        """Ends the workers."""
        self.helpers.close()
        self.pairing.close()

    def sprite(self, program: int) -> Path:
        """The sound of an instrument (0-127; 128 the drums) as .wav, beside its .json."""
        if not 0 <= program <= PROGRAMS:
            raise BadInput(f"There is no instrument {program}.", Reason.BAD_NUMBER)
        target = self.folder / "sounds" / f"{_renderer()}-{program}"
        if not target.with_suffix(".json").is_file():
            self.helpers.call("sprite", program=program, target=str(target))
        return target.with_suffix(".wav")


def _renderer() -> str:
    """What renders sound here, as part of a file's name: another SoundFont makes other files."""
    from etude.render.audio.sound import fluidsynth_with

    found = fluidsynth_with(None)
    return f"fluidsynth-{sha256(str(found[1].absolute()).encode())[:8]}" if found else "built-in"
