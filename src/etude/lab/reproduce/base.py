"""What a reproduction is made of: arms to train, a report to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from etude.lab.reproduce.bench import Bench


@dataclass(frozen=True)
class Arm:
    """One training. Its run lies in OUT/runs/NAME.

    `settings` are KEY=VALUE on top of the recipe; "{seed-melodies}" in a value stands for the path of that data.
    An arm learns for `minutes` on `threads` threads, on fewer for as much longer; with `steps`, for that many
    updates instead, and `minutes` is then only what they are expected to take. Neither: as its recipe says.
    """

    name: str
    recipe: str
    what: str  # one phrase for tables: what it is, or what changed
    minutes: float
    steps: int | None = None
    settings: tuple[str, ...] = ()
    data: str | None = ""  # a name of the reproduction's data; "": the first one; None: the recipe's own collection
    seed: int = 0
    threads: int = 1
    start: str = ""  # the arm whose weights it starts from


@dataclass(frozen=True)
class Table:
    """Rows under a header. Numbers are written with `digits` digits after the point, None as a dash."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    digits: int = 3

    def cells(self) -> list[list[str]]:
        """The rows as text."""
        return [[self._text(value) for value in row] for row in self.rows]

    def _text(self, value: Any) -> str:
        if value is None or value != value:
            return "-"
        if isinstance(value, float):
            return f"{value:.{self.digits}f}"
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Report:
    """What came out: `figures` and `baselines` for `--json`, tables and sentences for a person, files to hear.

    `files` are (path, caption); pictures are shown, sound gets a player.
    """

    figures: Mapping[str, Any]
    baselines: Mapping[str, Any]
    protocol: str
    tables: Sequence[Table]
    sentences: Sequence[str] = ()  # conclusions, worked out from the figures
    files: Sequence[tuple[Path, str]] = field(default=())


class Reproduction(Protocol):
    """One recorded experiment."""

    @property
    def name(self) -> str:
        """What `etude reproduce` calls it."""

    @property
    def purpose(self) -> str:
        """What is reproduced and what is asked, in a sentence or two."""

    @property
    def data(self) -> Sequence[str]:
        """The names of the data it needs, as `etude.data.official.locate` knows them."""

    def arms(self) -> Sequence[Arm]:
        """The trainings, those that others start from first."""

    def report(self, bench: Bench) -> Report:
        """The figures of the trained arms. What costs time goes through `bench.once`, so that it is kept."""
