"""`etude bench`: our speed beside a peer's, timed in turn in one run. One module a bench, one row here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module

from etude.errors import UsageError
from etude.lab.bench.harness import BenchResult

BENCHES = {
    "encode": "steps per second of the `notes` encoding, beside a tokenizer library",
    "ingest": "files per second through guarded workers, beside reading in process",
    "musicxml": "files per second, beside music21",
    "render": "seconds of music per second, beside real time",
    "decode": "steps per second one at a time, beside the usual ways to generate",
    "train": "steps per second of training, beside default PyTorch",
}


def run(names: Sequence[str] = (), *, quick: bool = False) -> Iterator[BenchResult]:
    """The results of the named benches (all of them without names), each as soon as it is there."""
    for name in names or BENCHES:
        if name not in BENCHES:
            raise UsageError(f"There is no bench '{name}'. Known: {', '.join(BENCHES)}.")
        yield from import_module(f"etude.lab.bench.{name}").run(quick=quick)
