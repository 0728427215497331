"""The files of an exhibit: music, scores, rolls and sound of each piece, and everything as JSON beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from etude.errors import EtudeError, UsageError
from etude.files import write_atomically
from etude.lab.composing import drawing_of
from etude.lab.gallery.exhibit import Exhibit, Shown
from etude.lab.writing import write_piece

KINDS = ("mid", "abc", "png", "sheet")
SOUND = "wav"
RECORD = "pieces.json"
ENGRAVED = 3000  # notes of a piece, at most: more fill dozens of pages, and the engraver gives up on some machines


@dataclass(frozen=True)
class Hung:
    """A piece whose files are written: kind -> names in the folder, and why a kind is missing."""

    shown: Shown
    files: Mapping[str, Sequence[str]]
    missing: Mapping[str, str]

    @property
    def stem(self) -> str:
        """The name of its files without suffix."""
        return self.shown.stem

    @property
    def names(self) -> list[str]:
        """All its files but the sound, which is built where it is wanted."""
        return [name for kind, names in self.files.items() if kind != SOUND for name in names]


def hang(shown: Shown, folder: Path, *, sound: bool, soundfont: str | None) -> Hung:
    """Writes the files of a piece. A kind that cannot be written is told with its reason, not left out silently."""
    files: dict[str, Sequence[str]] = {}
    missing: dict[str, str] = {}
    drawing = replace(drawing_of(shown.piece, soundfont), prompt_end=None)
    for kind in (*KINDS, *((SOUND,) if sound else ())):
        try:
            _check_length(shown, kind)
            written = write_piece(shown.piece.score, folder / shown.stem, [kind], drawing)
            files[kind] = [path.name for path in written]
        except EtudeError as error:
            missing[kind] = str(error)
    return Hung(shown, files, missing)


def _check_length(shown: Shown, kind: str) -> None:
    """Raises UsageError for the sheet of a piece that is too long to be looked at."""
    notes = len(shown.piece.score)
    if kind == "sheet" and notes > ENGRAVED:
        raise UsageError(f"left out, for {notes:,} notes fill too many pages (at most {ENGRAVED:,}).")


def keep_record(found: Exhibit, hung: Sequence[Hung], folder: Path) -> None:
    """Writes RECORD, and takes away what an earlier gallery left in the folder and this one does not have."""
    _tidy(folder, {name for one in hung for name in one.names})
    page = found.answer()
    for piece, one in zip(page["pieces"], hung, strict=True):
        piece["files"] = one.names
        piece["missing"] = {kind: why for kind, why in one.missing.items() if kind != SOUND}
    text = json.dumps(page, indent=1, sort_keys=True, ensure_ascii=False)
    write_atomically(folder / RECORD, f"{text}\n".encode())


def _tidy(folder: Path, wanted: set[str]) -> None:
    """Deletes files that the record in the folder names as its own and nobody wants any more."""
    try:
        before = json.loads((folder / RECORD).read_text("utf-8"))
        names = {Path(name).name for piece in before["pieces"] for name in piece["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return  # there is none, or somebody else's
    for name in names - wanted:
        (folder / name).unlink(missing_ok=True)
