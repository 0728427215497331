"""What a piece is to begin with: a file, typed music, or a random start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from etude.errors import BadInput, Reason
from etude.files import sha256, write_atomically
from etude.score import Score

if TYPE_CHECKING:
    from etude.encodings import Encoding, Steps

_TEXT_FILES = (".abc", ".txt")


@dataclass(frozen=True)
class Prompt:
    """A prompt and the bytes it came from, so that it can be named by hash and kept beside the output."""

    music: Score | Steps | Literal["random"] | None
    data: bytes = b""
    suffix: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the bytes; "" for no prompt and for a random one."""
        return sha256(self.data) if self.data else ""

    def keep(self, folder: Path) -> Path | None:
        """Writes a copy into `folder`, named by hash, and returns its path."""
        if not self.data:
            return None
        path = folder / f"prompt-{self.sha256[:12]}{self.suffix}"
        if not path.is_file():
            write_atomically(path, self.data)
        return path


def read_prompt(text: str | Path | Score | None, encoding: Encoding | None = None) -> Prompt:
    """The prompt a person means: a path to a file, typed ABC, letters or note names, "random", or nothing.

    For an encoding of raw text it is the text itself, of any length, whether it is music yet or not.
    """
    from etude import formats

    if getattr(encoding, "reads_text", False) and isinstance(text, (str, Path)) and text != "random":
        written = _written(text)
        if written is not None:
            return Prompt(_opening(encoding, written[0]), *written[1:])
    if text is None or text == "random":
        return Prompt("random" if text else None)
    if isinstance(text, Score):
        from etude.formats.midi import FORMAT

        return Prompt(text, FORMAT.dump([text]), ".mid")
    path = Path(text)
    if _is_file(path):
        return Prompt(formats.read(path), path.read_bytes(), path.suffix.lower())
    if isinstance(text, Path) or path.suffix.lower() in formats.suffixes():
        raise BadInput(
            f"There is no file {path} to go on from. Check the name; typed music has no such ending.",
            Reason.UNREADABLE,
        )
    return Prompt(formats.parse_prompt(text), text.encode(), ".txt")


def _written(text: str | Path) -> tuple[str, bytes, str] | None:
    """The text that is meant, its bytes and the suffix of its file; None for a file of another kind."""
    path = Path(text)
    if _is_file(path):
        suffix, data = path.suffix.lower(), path.read_bytes()
        return (data.decode("utf-8", "replace"), data, suffix) if suffix in _TEXT_FILES else None
    if isinstance(text, Path):
        return None
    typed = text.replace("\\n", "\n")  # a shell hands on the two characters
    return typed, typed.encode(), ".txt"


def _opening(encoding: Any, text: str) -> Steps:
    """Int32[T, 1]: the begin step and the characters of `text`."""
    steps: Steps = encoding.from_text(text)[:-1]
    return steps


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # typed music may be too long for a path
        return False
