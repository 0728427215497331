"""Bytes <-> Score: one module a format, one door for paths. Importing this loads nothing heavy.

read(path) -> Score                 the first good tune of a file; raises BadInput
read_all(path) -> list[Reading]     every tune of a file, refused ones included; raises BadInput
read_safely(paths) -> Iterator      many strangers' files through killable workers; never raises for a file
write(score_or_scores, path)        atomic, the format by the suffix
format_of(path) -> Format           by the suffix; raises BadInput
parse_prompt(text) -> Score         typed ABC, letters or note names
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.formats.base import Format, Reading, refusal
    from etude.formats.guard import FileReadings, read_safely
    from etude.formats.paths import format_of, read, read_all, suffixes, write
    from etude.formats.prompts import parse_prompt

_HOME = {
    "Format": "base",
    "Reading": "base",
    "refusal": "base",
    "FileReadings": "guard",
    "read_safely": "guard",
    "format_of": "paths",
    "read": "paths",
    "read_all": "paths",
    "suffixes": "paths",
    "write": "paths",
    "parse_prompt": "prompts",
}

__all__ = [
    "FileReadings",
    "Format",
    "Reading",
    "format_of",
    "parse_prompt",
    "read",
    "read_all",
    "read_safely",
    "refusal",
    "suffixes",
    "write",
]


def __getattr__(name: str) -> Any:
    """The public name `name`, imported from its module when first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'etude.formats' has no attribute '{name}'")
    return getattr(import_module(f"etude.formats.{_HOME[name]}"), name)
