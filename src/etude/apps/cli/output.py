"""Where a command's words go: data to stdout, progress and messages to stderr."""

from __future__ import annotations

import functools
import json
import math
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress


class Answered(SystemExit):
    """Raised with an exit code other than 0 when the answer is out already: nothing more goes to stdout."""


@dataclass(frozen=True)
class Output:
    """How this call wants to be answered."""

    as_json: bool
    quiet: bool

    @property
    def command(self) -> str:
        """The command line that was given, to paste again."""
        return f"etude {shlex.join(sys.argv[1:])}"

    def say(self, text: str) -> None:
        """A message for the person, on stderr."""
        if not self.quiet:
            click.echo(text, err=True)

    def result(self, values: dict[str, Any], text: str = "", reproduce: str = "") -> None:
        """The answer: one JSON object, or `text` with the reproducibility line as the last line of stdout."""
        if self.as_json:
            click.echo(json.dumps(plain({**values, **({"reproduce": reproduce} if reproduce else {})})))
            return
        if text:
            click.echo(text)
        if reproduce:
            click.echo(reproduce)

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
        """A plain-text table with columns as wide as they need to be."""
        cells = [list(map(_cell, row)) for row in rows]
        widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(header)]
        lines = ["  ".join(name.ljust(width) for name, width in zip(header, widths)).rstrip()]
        lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
        return "\n".join(lines)

    def findings(self, findings: Iterable[Any]) -> str:
        """A line for each thing that the figures say."""
        return "\n".join(f"finding  {finding}" for finding in findings)

    @contextmanager
    def progress(self, *columns: Any) -> Iterator[Progress]:
        """A progress display on stderr; silent when quiet or when stderr is no terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        shown = columns or (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        with Progress(*shown, console=console, disable=self.quiet or not sys.stderr.isatty()) as display:
            yield display


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.4g}"
    return str(value)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: paths as text, NumPy numbers as numbers, not-a-number as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "item"):
        return plain(value.item())
    return str(value)


def answers(function: Callable[..., None]) -> Callable[..., None]:
    """Adds --json and --quiet to a command and hands it an Output as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON object to stdout.")
    @click.option("--quiet", "-q", is_flag=True, help="No progress and no messages.")
    @functools.wraps(function)
    def wrapped(*args: Any, as_json: bool, quiet: bool, **options: Any) -> None:
        function(Output(as_json, quiet), *args, **options)

    return wrapped


def page_option(function: Callable[..., None]) -> Callable[..., None]:
    """Adds --html FOLDER to a command."""
    return click.option(
        "--html",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help="Write a page with plots and players, and their numbers as CSV.",
    )(function)


def examples(*lines: str) -> str:
    """The epilog of a command's help: examples to paste."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
