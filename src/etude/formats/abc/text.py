"""From bytes to the tunes of an ABC book: character sets, the splitter, comments and accented letters.

Source: the ABC music standard 2.1 (2011), sections 2 (file structure) and 8 (text strings).
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from etude import limits
from etude.errors import BadInput, Reason

FIELD = re.compile(r"\s{0,3}([A-Za-z+]):(.*)", re.DOTALL)
_TUNE_START = re.compile(r"\s{0,3}X:")
_WORD = re.compile(r"[A-Za-z]{3,}")
_MUSICAL_WORD = re.compile(r"[A-GHLMOPSTZa-guvxyz]+")
_QUOTED = re.compile(r'"[^"]*"|\[[A-Za-z]:[^\]]*\]|![^!|]*!')
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", ",": "\u0327", "c": "\u0327"}
_ESCAPE = re.compile(r"\\(?:(u[0-9a-fA-F]{4})|([`'^~\",c])([A-Za-z])|(aa|AA|/o|/O|ae|AE|oe|OE|ss)|([\\&%]))")
_LIGATURES = {"aa": "å", "AA": "Å", "/o": "ø", "/O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "ss": "ß"}


@dataclass(frozen=True)
class Block:
    """One tune of a book: the number of its first line (from 1), its lines, and its text with all blank lines."""

    line: int
    lines: tuple[str, ...]
    text: str = ""


def decode(data: bytes) -> str:
    """The text of an ABC file, with plain line ends: UTF-8, UTF-16 with a mark, else Latin-1."""
    if len(data) > limits.FILE_BYTES:
        message = f"The file has {len(data):,} bytes; etude reads at most {limits.FILE_BYTES:,}. Split the book."
        raise BadInput(message, Reason.TOO_LARGE)
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise BadInput("The file holds zero bytes, so it is no text. Is it a MIDI or audio file?", Reason.BAD_TEXT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tunes(text: str) -> list[str]:
    """The text of every tune of a book, in order, without the words between tunes."""
    return ["\n".join(block.lines) for block in blocks(text)[1]]


def blocks(text: str) -> tuple[list[str], list[Block]]:
    """The lines of the file header, and the tunes. A file without X: that holds fields is one tune."""
    lines = text.replace("\r\n", "\n").split("\n")
    starts = [number for number, line in enumerate(lines) if _TUNE_START.match(line)]
    if len(starts) > limits.TUNES_PER_BOOK:
        message = f"The book has {len(starts):,} tunes; etude reads at most {limits.TUNES_PER_BOOK:,}. Split it."
        raise BadInput(message, Reason.TOO_LARGE)
    if not starts:
        first = next((number for number, line in enumerate(lines) if _opens_tune(line)), None)
        starts = [] if first is None else [first]
        header: list[str] = []
    else:
        header = [line for line in lines[: starts[0]] if FIELD.match(line) or line.startswith("%%")]
    ends = [*starts[1:], len(lines)]
    return header, [_block(a, lines[a:b]) for a, b in zip(starts, ends, strict=False)]


def _opens_tune(line: str) -> bool:
    field = FIELD.match(line)
    return bool(field and field[1] in "TMLKCRQV")


def _block(start: int, lines: list[str]) -> Block:
    """The tune that begins at line `start`, counted from 0."""
    kept = _trimmed(lines)
    end = kept[-1] + 1 if kept else 0
    text = "".join(f"{line}\n" for line in lines[:end])
    return Block(start + 1, tuple(lines[at] for at in kept), text)


def _trimmed(lines: list[str]) -> list[int]:
    """The places of the lines of a tune that count, without blank ones and the text that follows it.

    A blank line ends a tune once its music has begun, unless what follows is still music: the standard says
    it always does, but books in use have blank lines after K: and between the parts of a tune.
    """
    kept: list[int] = []
    has_key = has_music = after_blank = False
    for at, line in enumerate(lines):
        if not line.strip():
            after_blank = True
            continue
        field = FIELD.match(line)
        music = not field and not line.startswith("%")
        if after_blank and has_music and not _goes_on(line):
            break
        after_blank = False
        has_key = has_key or bool(field and field[1] == "K")
        has_music = has_music or (music and has_key)
        kept.append(at)
    return kept


def _goes_on(line: str) -> bool:
    """Whether a line after a blank one still belongs to the tune: a field of the body or plainly music."""
    field = FIELD.match(line)
    if field and field[2][:1] not in ("|", ":"):
        return field[1] in "KLMPQVw"
    if "|" not in line:
        return False
    return all(_MUSICAL_WORD.fullmatch(word) for word in _WORD.findall(_QUOTED.sub("", line)))


def without_comment(line: str) -> str:
    """The line up to its comment: a `%` that no backslash stands before."""
    at = line.find("%")
    while at > 0 and line[at - 1] == "\\":
        at = line.find("%", at + 1)
    return line if at < 0 else line[:at]


def plain(value: str) -> str:
    r"""A text field as people read it: `\'e` and `&eacute;` become é, runs of spaces one space."""
    if "\\" in value:
        value = _ESCAPE.sub(_unescaped, value)
    if "&" in value:
        value = html.unescape(value)
    return " ".join(unicodedata.normalize("NFC", value).split())


def _unescaped(match: re.Match[str]) -> str:
    number, accent, letter, ligature, literal = match.groups()
    if number:
        code = int(number[1:], 16)
        return match[0] if 0xD800 <= code < 0xE000 or code < 32 else chr(code)
    if accent:
        return letter + _ACCENTS[accent]
    return _LIGATURES[ligature] if ligature else literal


def escaped(value: str) -> str:
    r"""A text that a field can hold: one line, and no sign that ABC would take for its own."""
    line = " ".join(value.split())
    return line.replace("\\", "\\\\").replace("%", "\\%").replace("&", "\\&")
