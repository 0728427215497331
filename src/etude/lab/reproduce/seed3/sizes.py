"""How large every part of the report is."""

from __future__ import annotations

from dataclasses import dataclass

from etude.lab.reproduce.bench import Bench, evenly
from etude.score import Score


@dataclass(frozen=True)
class Sizes:
    """Counts for the full budget; `MINIATURE` runs everything in seconds, for tests and a first look."""

    course_segments: int = 10_000  # real ones of the original task, as the original takes them
    course_notes: int = 40_000  # of its one random piece
    course_epochs: int = 20  # of the original critic; its validation accuracy never moved in 100
    untrained: int = 10  # pairs of untrained networks
    task_pieces: tuple[int, int, int] = (64, 16, 32)  # real pieces of our split: train, valid, test
    task_each: int = 120  # segments a real piece
    task_notes: int = 2_000  # a random piece; a quarter as many of them as real ones
    pieces: tuple[int, int, int] = (600, 60, 100)  # for the hard negatives
    each: int = 8  # passages a piece
    notes: int = 128  # a passage
    per_epoch: int = 1500
    epochs: int = 40
    composed: int = 50  # pieces at every stage
    steps: int = 900  # events a composed piece
    learned: int = 100  # more of them, for the critic that learns from them; a tenth of them held out
    priced: int = 16  # held-out pieces that composers are priced on


MINIATURE = Sizes(
    course_segments=60,
    course_notes=400,
    course_epochs=1,
    untrained=1,
    task_pieces=(4, 2, 2),
    task_each=6,
    task_notes=120,
    pieces=(6, 3, 3),
    each=3,
    notes=32,
    per_epoch=12,
    epochs=2,
    composed=3,
    steps=160,
    learned=4,
    priced=2,
)


def real_pieces(bench: Bench, split: str, wanted: int) -> list[tuple[str, Score]]:
    """`wanted` pieces of a split with their names, evenly chosen."""
    pieces = bench.material("composer").collection.pieces(split)
    return [(pieces[number].id, pieces[number].score) for number in evenly(len(pieces), wanted)]
