"""A page a browser opens from disk: tables, players, rolls and scores. No script, no file from anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

STYLE = """
:root { color-scheme: light dark; --ink: #1d2026; --soft: #5d6470; --paper: #fbfaf7; --card: #ffffff;
        --line: #dedbd2; --mark: #2f5d8a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e7e1; --soft: #a3a8b2; --paper: #16181c; --card: #1f2228; --line: #343840; --mark: #8fb8e0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
       font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 .3rem; } h2 { margin: 2.6rem 0 .4rem; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1.02rem; } p { max-width: 46rem; margin: .4rem 0 1rem; }
.soft { color: var(--soft); } code { font-size: .88em; overflow-wrap: anywhere; }
.mark { color: var(--mark); font-weight: 650; }
table { border-collapse: collapse; margin: .8rem 0 1.2rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem 1.1rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); } tr.best td { font-weight: 650; color: var(--mark); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.1rem; }
@media (max-width: 30rem) { .cards { grid-template-columns: 1fr; } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
.card audio { width: 100%; margin: .6rem 0; } .card img { width: 100%; height: auto; background: #fff;
       border-radius: .3rem; margin-top: .4rem; }
figure { margin: 1rem 0; } figure img { max-width: 100%; background: #fff; border-radius: .4rem; }
figcaption { color: var(--soft); font-size: .9rem; max-width: 46rem; }
ul { max-width: 46rem; padding-left: 1.2rem; }
li { margin: .3rem 0; } .wide { overflow-x: auto; }
a { color: var(--mark); } .files a { margin-right: .9rem; } details { margin-top: .5rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .82rem; color: var(--soft); }
"""


class Block(Protocol):
    """A part of a page."""

    def html(self) -> str:
        """It as HTML."""


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; `best` is the number of the row to set apart, `numbers` a file with all."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    best: int | None = None
    numbers: str = ""

    def html(self) -> str:
        """The table as HTML."""
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self.header)
        body = ""
        for number, row in enumerate(self.rows):
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
            body += f"<tr{' class=best' if number == self.best else ''}>{cells}</tr>\n"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div class=wide>{table}</div>{_csv(self.numbers)}"


def _csv(file: str) -> str:
    """A link to the numbers behind something, where there is such a file."""
    return f"<a href='{escape(file)}' download>Its numbers as CSV.</a>" if file else ""


@dataclass(frozen=True)
class Card:
    """One piece: its player, its pictures and its files, all named relative to the page."""

    title: str
    caption: str
    audio: str | None = None
    pictures: Sequence[tuple[str, str]] = ()  # (file, what it shows)
    files: Sequence[str] = ()
    details: str = ""
    mark: str = ""  # what must not be overlooked
    blocks: Sequence[Block] = ()  # what stands at its end

    def html(self) -> str:
        """The card as HTML."""
        parts = [f"<h3>{escape(self.title)}</h3><div class=soft>{escape(self.caption)}</div>"]
        if self.mark:
            parts.append(f"<p class=mark>{escape(self.mark)}</p>")
        if self.audio:
            label = escape(f"Play {self.title}")
            load = "metadata" if self.audio.startswith("data:") else "none"  # what is here already costs nothing
            parts.append(f"<audio controls preload={load} aria-label='{label}' src='{escape(self.audio)}'></audio>")
        parts += [f"<img loading=lazy src='{escape(file)}' alt='{escape(text)}'>" for file, text in self.pictures]
        if self.files:
            links = "".join(
                f"<a href='{escape(file)}' download>{escape(file.split('.')[-1])}</a>" for file in self.files
            )
            parts.append(f"<p class=files>{links}</p>")
        if self.details:
            parts.append(f"<details><summary>as text</summary><pre>{escape(self.details)}</pre></details>")
        parts += [block.html() for block in self.blocks]
        return f"<section class=card>{''.join(parts)}</section>"


@dataclass(frozen=True)
class Figure:
    """A picture with a caption and a text for those who cannot see it; `numbers` is a file with what it shows."""

    file: str
    caption: str
    alternative: str
    numbers: str = ""

    def html(self) -> str:
        """The figure as HTML."""
        return (
            f"<figure><img src='{escape(self.file)}' alt='{escape(self.alternative)}'>"
            f"<figcaption>{escape(self.caption)} {_csv(self.numbers)}</figcaption></figure>"
        )


@dataclass(frozen=True)
class Section:
    """A heading, a paragraph, a list of sentences, and what stands under them."""

    title: str
    text: str = ""
    blocks: Sequence[Block] = ()
    cards: Sequence[Card] = field(default=())
    points: Sequence[str] = ()

    def html(self) -> str:
        """The section as HTML."""
        cards = f"<div class=cards>{''.join(card.html() for card in self.cards)}</div>" if self.cards else ""
        text = f"<p>{escape(self.text)}</p>" if self.text else ""
        if self.points:
            text += f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in self.points)}</ul>"
        return f"<h2>{escape(self.title)}</h2>{text}{''.join(block.html() for block in self.blocks)}{cards}"


def page(title: str, lead: str, sections: Sequence[Section], foot: str = "") -> str:
    """A whole HTML document."""
    body = "\n".join(section.html() for section in sections)
    return document(
        title, f"<p class=soft>{escape(lead)}</p>\n{body}\n<p class=soft><code>{escape(foot)}</code></p>"
    )


def document(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole HTML document of a body that is HTML already; `script` is all that runs in it."""
    allowed = "script-src 'unsafe-inline'; " if script else ""
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src 'self' file: data:; "
        f"media-src 'self' file: data:; {allowed}style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head>\n<body><h1>{escape(title)}</h1>"
        f"{body}{f'<script>{script}</script>' if script else ''}</body></html>\n"
    )
