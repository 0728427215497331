"""Tunes that the models make: do they copy, how good and how varied are they at each temperature?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.files import write_atomically
from etude.lab.plots import quality_against_diversity
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.sweep import PROMPTS, TEMPERATURES, Judges, Point, keeper, real_point, sweep


@dataclass(frozen=True)
class Counts:
    """How many tunes are made: a candidate temperature, to be judged, a prompt and temperature of the sweep."""

    choosing: int = 60
    judged: int = 200
    prompted: int = 4


def judges(bench: Bench, arm: str) -> Judges:
    """The n-gram of the arm's training tunes, fitted on validation, and those tunes."""
    from etude.evaluation import Baselines

    material = bench.material(arm)
    fitted = Baselines.fit(material.train.pieces(), material.sizes)
    scorer = fitted.ngrams["ngram"].tuned(material.packed("valid").pieces())
    learned = set(material.train.ids)
    return Judges(scorer, [piece.score for piece in material.collection.pieces("train") if piece.id in learned])


def points(bench: Bench, arm: str, counts: Counts) -> list[Point]:
    """The sweep over temperatures with real test tunes at its end; every song of it is kept as sound, too."""

    def make() -> list[dict[str, Any]]:
        known = judges(bench, arm)
        keep = keeper(folder(bench), counts.prompted)
        made = sweep(bench.load(arm), known, temperatures=TEMPERATURES, count=counts.prompted, keep=keep)
        material = bench.material(arm)
        real = material.collection.pieces("test")
        made.append(real_point([one.text for one in real], [one.score for one in real], known, material.encoding))
        return [vars(point) for point in made]

    return [Point(**values) for values in bench.once(f"{arm}-sweep", make, arms=[arm])]


def folder(bench: Bench) -> Path:
    """Where the songs of the sweep lie."""
    return bench.folder / "songs"


def plot(bench: Bench, arm: str, found: Sequence[Point]) -> Path:
    """The one plot of quality against variety."""
    path = bench.folder / "quality-variety.svg"
    title = f"'{arm}' at temperatures 0 to {TEMPERATURES[-1]:g}, {len(PROMPTS)} prompts, beside real test tunes"
    write_atomically(path, quality_against_diversity(found, title).encode())
    return path


def sweep_table(found: Sequence[Point]) -> Table:
    """The sweep in figures."""
    rows = []
    for point in found:
        label = "real test tunes" if point.temperature is None else f"{point.temperature:g}"
        shares = (point.ended, point.syntax, point.bars, point.both, point.each_bar)
        rows.append((label, point.tunes, *shares, point.nats, *point.measures.values()))
    measured = tuple(found[0].measures)
    columns = ("temperature", "tunes", "ended", "syntax", "bars", "both", "each bar", "judge's nats", *measured)
    return Table("Temperature", columns, rows, "The judge is an n-gram without copying, counted on the same tunes.")


def sentences(swept: Sequence[Point]) -> Iterator[str]:
    """What temperature does."""
    real = swept[-1]
    nearest = min(swept[:-1], key=lambda point: abs(point.variety - real.variety))
    yield (
        f"Of the temperatures tried with prompts, {nearest.temperature:g} makes tunes about as varied as real ones "
        f"(self-similarity {nearest.measures['self_similarity']:.3f} and {real.measures['self_similarity']:.3f}); "
        f"{nearest.measures['copied_share']:.1%} of their notes stand in passages of twelve or more that the "
        f"training tunes have, of real test tunes' notes {real.measures['copied_share']:.1%}."
    )
