"""The report of a reproduction as files: report.md, index.html and figures.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etude.files import write_atomically
from etude.lab.page import Card, Figure, Section, page
from etude.lab.page import Table as PageTable
from etude.lab.reproduce.base import Report, Reproduction, Table

SOUND = (".wav", ".flac")
PICTURES = (".svg", ".png")


def write_report(folder: Path, reproduction: Reproduction, report: Report, command: str) -> list[Path]:
    """Writes the three files into `folder` and returns them, the page first."""
    paths = [folder / name for name in ("index.html", "report.md", "figures.json")]
    texts = (_page(folder, reproduction, report, command), _markdown(folder, reproduction, report, command))
    for path, text in zip(paths, (*texts, json.dumps(answer(reproduction, report), indent=1, default=str) + "\n")):
        write_atomically(path, text.encode())
    return paths


def answer(reproduction: Reproduction, report: Report) -> dict[str, Any]:
    """The keys of `etude reproduce --json`."""
    return {
        "name": reproduction.name,
        "figures": dict(report.figures),
        "baselines": dict(report.baselines),
        "protocol": report.protocol,
    }


def markdown_table(table: Table) -> str:
    """A table as Markdown, its note under it."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.cells()]
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join([f"### {table.title}", "", *lines, *(["", table.note] if table.note else [])])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _markdown(folder: Path, reproduction: Reproduction, report: Report, command: str) -> str:
    parts = [f"# {reproduction.name}", reproduction.purpose, f"`{command}`", f"Protocol: {report.protocol}"]
    parts += [f"- {sentence}" for sentence in report.sentences]
    parts += [markdown_table(table) for table in report.tables]
    if report.files:
        parts.append("### Files")
        parts.append(
            "\n".join(
                f"- [{_beside(folder, path)}]({_beside(folder, path)}): {text}" for path, text in report.files
            )
        )
    return "\n\n".join(parts) + "\n"


def _page(folder: Path, reproduction: Reproduction, report: Report, command: str) -> str:
    sections = [Section("What came out", points=report.sentences)] if report.sentences else []
    sections += [
        Section(table.title, table.note, [PageTable(table.columns, table.cells())]) for table in report.tables
    ]
    named = [(_beside(folder, path), caption) for path, caption in report.files]
    pictures = [Figure(name, caption, caption) for name, caption in named if name.endswith(PICTURES)]
    if pictures:
        sections.append(Section("Pictures", "", pictures))
    cards = _cards([(name, caption) for name, caption in named if not name.endswith(PICTURES)])
    if cards:
        sections.append(Section("To listen to", "", cards=cards))
    return page(reproduction.name, reproduction.purpose, sections, command)


def _cards(files: Sequence[tuple[str, str]]) -> list[Card]:
    """A card a caption, its sound as a player and the other files as links."""
    by_caption: dict[str, list[str]] = {}
    for name, caption in files:
        by_caption.setdefault(caption, []).append(name)
    return [
        Card(
            caption,
            "",
            audio=next((name for name in names if name.endswith(SOUND)), None),
            files=[name for name in names if not name.endswith(SOUND)],
        )
        for caption, names in by_caption.items()
    ]


def _beside(folder: Path, path: Path) -> str:
    """The path as the report names it: relative to its folder."""
    return path.resolve().relative_to(folder.resolve()).as_posix()
