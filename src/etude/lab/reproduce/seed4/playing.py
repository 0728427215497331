"""What trained networks play: pieces to listen to, and how their loudness moves beside that of real ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from etude.evaluation.intervals import Interval, over_seeds
from etude.evaluation.metrics.dynamics import METRICS as DYNAMICS
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed4.variations import Size, arm_name

PLAYERS = ("window-all", "loud-number", "files-all")  # no velocity, a number, a choice of 32
TO_HEAR = {
    "squared": "the notebook: pitches drawn blindly",
    "entropy": "cross-entropy on pitch, five files",
    "files-all": "one LSTM layer, every field drawn",
    "transformer": "a transformer",
    "chords": "chord by chord",
    "roll": "a roll of 50 ms frames, no velocities",
}
REAL_PIECES = 40  # whose beginnings are measured


def _means(columns: dict[str, list[float]]) -> dict[str, float]:
    """The mean of each measure over the pieces that have it; NaN where none has."""
    return {
        name: float(np.nanmean(values)) if np.isfinite(values).any() else math.nan
        for name, values in columns.items()
    }


def real(bench: Bench, size: Size) -> dict[str, float]:
    """Measure -> mean over the beginnings of real validation pieces, as our encoding tells them."""
    arm = arm_name("files-all", size.seeds[0])

    def make() -> dict[str, list[float]]:
        from etude.encodings import decode
        from etude.evaluation import measure
        from etude.lab.reproduce.bench import evenly

        material = bench.material(arm)
        pieces = material.packed("valid").pieces()
        chosen = [pieces[number][: size.notes + 1] for number in evenly(len(pieces), REAL_PIECES)]
        found = measure([decode(material.encoding, steps) for steps in chosen], DYNAMICS)
        return {name: values.tolist() for name, values in found.items()}

    return _means(bench.once("real-dynamics", make, arms=[arm]))


def composed(bench: Bench, arm: str, size: Size) -> dict[str, float]:
    """Measure -> mean over pieces that an arm composed; NaN where loudness does not vary."""

    def make() -> dict[str, list[float]]:
        from etude.evaluation import measure
        from etude.lab.composing import compose

        seed = bench.arms[arm].seed
        made = compose(bench.run(arm).folder, count=size.takes, seed=seed, steps=size.notes)
        found = measure([piece.score for piece in made], DYNAMICS)
        return {name: values.tolist() for name, values in found.items()}

    return _means(bench.once(f"{arm}-dynamics", make, arms=[arm]))


def away(bench: Bench, key: str, size: Size, measure: str) -> tuple[Interval, Interval]:
    """(a measure of what a variation composes, the same less the real pieces' mean), over seeds."""
    values = [composed(bench, arm_name(key, seed), size)[measure] for seed in size.seeds]
    true = real(bench, size)[measure]
    return over_seeds(values), over_seeds([value - true for value in values])


def table(bench: Bench, size: Size) -> Table:
    """The dynamics of composed pieces, those of real ones beside."""
    rows = []
    for metric in DYNAMICS:
        cells = [_cell(*away(bench, key, size, metric.name)) for key in PLAYERS]
        rows.append((metric.name, real(bench, size)[metric.name], *cells))
    return Table(
        "Dynamics of composed pieces",
        ("measure", "real", "no velocity", "velocity as a number", "velocity as a choice of 32"),
        rows,
        f"{size.takes} pieces of {size.notes} notes a seed, from nothing; real: the beginnings of {REAL_PIECES} "
        "validation pieces. Means with 95 % intervals over seeds; lower, higher: than the real mean.",
        digits=2,
    )


def _cell(value: Interval, difference: Interval) -> str:
    if math.isnan(value.mean):
        return "not defined"
    said = {"no evidence": "not told from real"}.get(difference.verdict, difference.verdict)
    return f"{value} ({said})"


def sentences(bench: Bench, size: Size) -> Iterator[str]:
    """Which way of telling loudness comes nearer to real dynamics, worked out."""
    names = ("loudness_spread", "loudness_memory", "loudness_swell")
    for key, what in (("loud-number", "as a number"), ("files-all", "drawn from 32 values")):
        told = {name: away(bench, key, size, name)[1] for name in names}
        defined = {name: one for name, one in told.items() if not math.isnan(one.mean)}
        lower, higher = (
            [name for name, one in defined.items() if one.verdict == side] for side in ("lower", "higher")
        )
        parts = [
            *([f"{', '.join(lower)} below real"] if lower else []),
            *([f"{', '.join(higher)} above real"] if higher else []),
            *([f"{', '.join(set(names) - set(defined))} not defined"] if len(defined) < len(names) else []),
        ]
        yield f"Velocity {what}: {'; '.join(parts) or 'no measured difference from real dynamics'}."


def files(bench: Bench, size: Size) -> Iterator[tuple[Path, str]]:
    """A piece by each of the networks to hear, with the first seed; those trained to be heard."""
    from etude.lab.composing import compose

    for key, caption in TO_HEAR.items():
        arm = arm_name(key, size.seeds[0])
        folder = bench.folder / "music" / key
        if not _made(folder, size.formats):
            steps = size.notes * (3 if key == "roll" else 1)
            compose(bench.run(arm).folder, seed=0, steps=steps, out=folder, formats=size.formats)
        yield from ((path, caption) for path in _made(folder, size.formats))


def _made(folder: Path, formats: Sequence[str]) -> list[Path]:
    """What lies in a folder of the kinds asked for."""
    return sorted(path for path in folder.glob("*") if path.suffix.removeprefix(".") in formats)
