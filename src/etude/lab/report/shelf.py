"""Where a report lies: pictures stand inside the page, the numbers of each as a CSV file beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.files import write_atomically
from etude.lab.page import Card, Figure, Section, page
from etude.render.inline import picture_address, roll_address, sound_address

if TYPE_CHECKING:
    from etude.score import Score

PLAYED = 20.0  # seconds of each piece


@dataclass(frozen=True)
class Plot:
    """A picture, what it shows in words, and the numbers it was drawn from."""

    name: str  # of the CSV file
    svg: str
    caption: str
    alternative: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True)
class Shelf:
    """The folder of one report."""

    folder: Path

    def figure(self, plot: Plot) -> Figure:
        """The plot as it stands in the page; its numbers are written."""
        file = f"{plot.name}.csv"
        self.keep(file, csv_text(plot.header, plot.rows))
        return Figure(picture_address(plot.svg), plot.caption, plot.alternative, file)

    def keep(self, name: str, text: str) -> None:
        """Writes a file beside the page."""
        write_atomically(self.folder / name, text.encode())

    def card(self, score: Score, title: str, caption: str = "") -> Card:
        """A piece with its roll and a player of its beginning."""
        about = f"{len(score)} notes, {score.duration:.0f} s"
        beginning = f", its first {PLAYED:.0f} s to hear" if score.duration > PLAYED else ""
        return Card(
            title,
            ". ".join(filter(None, [caption, f"{about}{beginning}"])),
            audio=sound_address(score, PLAYED) or None,
            pictures=[(roll_address(score), f"Piano roll of {title}: {about}")],
        )

    def write(self, title: str, lead: str, sections: Sequence[Section], command: str) -> Path:
        """The page, `index.html` of the folder."""
        path = self.folder / "index.html"
        write_atomically(path, page(title, lead, sections, command).encode())
        return path


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows under a header as CSV (RFC 4180 but for the line ends); what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def number(value: float | None) -> str:
    """A figure as a table shows it; a dash for what is not known."""
    return "-" if value is None or math.isnan(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
