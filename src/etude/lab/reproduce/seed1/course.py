"""What the course does with irish.abc: its loader, its parameter count, its loss without any held-out tune."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed1.arms import CHANGES, ORIGINAL

_SONG = re.compile(r"(^|\n\n)(.*?)\n\n", re.DOTALL)
PUBLISHED_PARAMETERS = 5_357_395  # of the course's network: 83 characters, embedding 256, one LSTM of 1024
ALPHABET = 83


@dataclass(frozen=True)
class Loaded:
    """What the course's loader makes of the book."""

    songs: int
    distinct: int
    without_header: int
    characters: int  # of all songs joined by blank lines, which is what it trains on
    bytes: int  # of the book


def loaded(text: str) -> Loaded:
    """What the loader of the course finds in the text of a book.

    Source: MITDeepLearning/introtodeeplearning, mitdeeplearning/lab1.py: overlapping matches of a pattern that ends
    and begins with a blank line, so that three line ends in a row give the song before them twice.
    """
    songs = list(_songs(text))
    headless = [song for song in songs if "X:" not in song]
    return Loaded(
        len(songs), len({song.strip() for song in songs}), len(headless), len("\n\n".join(songs)), len(text)
    )


def _songs(text: str) -> Iterator[str]:
    at = 0
    while (match := _SONG.search(text, at)) is not None:
        yield match[2]
        at = match.start() + 1  # matches may overlap


def parameters(characters: int, embedding: int = 256, width: int = 1024) -> int:
    """Numbers of the course's network for an alphabet of that size: table, LSTM with two biases, output layer."""
    return characters * embedding + 4 * width * (embedding + width + 2) + (width + 1) * characters


def changes_table(bench: Bench) -> Table:
    """The one-word changes beside the original after as many updates."""
    rows = []
    base = _records(bench, ORIGINAL)
    for arm in CHANGES:
        if not bench.trained(arm.name):
            continue
        last = _records(bench, arm.name)[-1]
        beside = min(base, key=lambda record: abs(record["step"] - last["step"]))
        rows.append(
            (arm.what, bench.ending(arm.name)["parameters"], last["step"], *_losses(last), *_losses(beside))
        )
    columns = ("change", "parameters", "updates", "training", "validation", "original, training", "its validation")
    note = (
        "Nats a character after equally many updates, whole tunes; one seed each, so small differences say nothing."
    )
    return Table("One word changed", columns, rows, note)


def course_table(bench: Bench) -> Table:
    """The original's losses as it learns: what it prints, and what held-out tunes would have said."""
    rows = [(record["step"], *_losses(record)) for record in _records(bench, ORIGINAL)]
    note = "The course prints the first column only. Validation is of whole held-out tunes."
    return Table("The course of the original", ("updates", "training", "validation"), rows, note)


def _records(bench: Bench, arm: str) -> list[dict[str, float]]:
    return [record for record in bench.run(arm).records() if "event" not in record]


def _losses(record: dict[str, float]) -> tuple[float, float]:
    return record["train_nats_per_step"], record["valid_nats_per_step"]


def sentences(bench: Bench, text: str) -> Iterator[str]:
    """What is wrong with the original's figures, from the book and the log."""
    found, records = loaded(text), _records(bench, ORIGINAL)
    last, best = records[-1], min(records, key=lambda record: record["valid_nats_per_step"])
    yield (
        f"The course's loader finds {found.songs} songs in the book, {found.distinct} of them distinct, "
        f"{found.without_header} without a header; joined they have {found.characters:,} characters, the book "
        f"{found.bytes:,}. It holds none out and publishes no loss but that of training batches."
    )
    yield (
        f"Ours has {bench.ending(ORIGINAL)['parameters']:,} parameters, the course's {PUBLISHED_PARAMETERS:,} "
        f"({parameters(ALPHABET):,} by its layers): our alphabet is all printable ASCII with begin and end, "
        f"and cells have the same two biases."
    )
    yield (
        f"After {last['step']} updates its training loss is {last['train_nats_per_step']:.3f}; held-out tunes cost "
        f"{last['valid_nats_per_step']:.3f} then, and {best['valid_nats_per_step']:.3f} at best, after "
        f"{best['step']} updates: a loss on training text alone does not show where to stop."
    )


def book(path: Path) -> str:
    """The text of the tune book at `path`: a file, a folder that holds it, or an archive of one."""
    from etude.data.archives import is_archive, unpack

    root = unpack(path) if is_archive(path) else path
    files = sorted(root.rglob("*.abc")) if root.is_dir() else [root]
    return "".join(file.read_text("utf-8") for file in files)
