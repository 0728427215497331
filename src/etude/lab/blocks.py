"""Parts of a page beside tables and figures: sentences, links, text to copy, what opens on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from etude.lab.page import Block


@dataclass(frozen=True)
class Points:
    """Sentences, one under the other."""

    sentences: Sequence[str]

    def html(self) -> str:
        """The list as HTML."""
        return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in self.sentences)}</ul>"


@dataclass(frozen=True)
class Links:
    """(address, its words, what is said of it) each."""

    rows: Sequence[tuple[str, str, str]]

    def html(self) -> str:
        """The list as HTML."""
        items = (f"<li><a href='{escape(to)}'>{escape(words)}</a> {escape(of)}</li>" for to, words, of in self.rows)
        return f"<ul>{''.join(items)}</ul>"


@dataclass(frozen=True)
class Copied:
    """Text as it stands, to be copied."""

    text: str

    def html(self) -> str:
        """The text as HTML."""
        return f"<pre>{escape(self.text)}</pre>"


@dataclass(frozen=True)
class Folded:
    """Parts that are seen when somebody opens them."""

    summary: str
    blocks: Sequence[Block]

    def html(self) -> str:
        """The parts as HTML."""
        inside = "".join(block.html() for block in self.blocks)
        return f"<details><summary>{escape(self.summary)}</summary>{inside}</details>"
