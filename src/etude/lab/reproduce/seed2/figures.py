"""What an arm foretells of held-out notes: one passage of every piece, the same for all arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.intervals import Interval, over_seeds, paired_over_seeds
from etude.evaluation.notewise import is_note
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed2.experiments import arm_of

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.models.guessing import Guesses
    from etude.models.model import Model

LENGTH = 128  # notes of a passage; it lies in the middle of its piece

FIGURES = {
    "pitch_accuracy": "pitch accuracy",
    "pitch_nats": "pitch nats",
    "step_mae_seconds": "step MAE, s",
    "duration_mae_seconds": "duration MAE, s",
    "weighted_loss": "weighted loss",
    "bits_per_note": "bits/note",
    "peak_mib": "peak memory, MiB",
    "seconds": "seconds",
    "windows_per_second": "windows/s",
}


@dataclass(frozen=True)
class Passage:
    """The steps first .. last - 1 of one piece."""

    piece: int
    first: int
    last: int


def passages(pieces: Sequence[Steps], length: int = LENGTH) -> list[Passage]:
    """The middle `length` notes of every piece, whatever control steps stand before the first."""
    out = []
    for number, piece in enumerate(pieces):
        notes = int(is_note(piece).sum())
        taken = min(length, notes)
        first = len(piece) - 1 - notes + (notes - taken) // 2
        out.append(Passage(number, first, first + taken))
    return out


def foretold(
    model: Model, pieces: Sequence[Steps], where: Sequence[Passage], values: Sequence[Sequence[float] | None]
) -> list[Guesses]:
    """The Guesses of every passage, each step given all of its piece that stands before it."""
    from etude.models.guessing import guesses

    seen = model.config.window if model.config.kind == "window" else None
    cut = [pieces[one.piece][0 if seen is None else max(0, one.first - seen) : one.last] for one in where]
    found = guesses(model, cut, values)
    return [
        one.only(np.arange(len(one.nats)) >= len(one.nats) - (place.last - place.first))
        for one, place in zip(found, where, strict=True)
    ]


def found(bench: Bench, arm: str, split: str = "valid") -> dict[str, float]:
    """Every figure of FIGURES for one arm on the passages of a split; kept."""
    ending = bench.ending(arm)
    priced = bench.once(f"{arm}-notewise-{split}", lambda: _priced(bench, arm, split), arms=[arm])
    return {
        **priced["figures"],
        "bits_per_note": priced["figures"]["nats_per_note"] / math.log(2),
        "peak_mib": ending["peak_memory_bytes"] / 2**20,
        "seconds": ending["seconds"],
        "windows_per_second": ending["tokens_per_second"],
        "parameters": ending["parameters"],
    }


def by_piece(bench: Bench, arm: str, split: str = "valid") -> NDArray[np.float64]:
    """Float64[P, 2]: the sum of pitch nats and the number of notes of each passage."""
    priced = bench.once(f"{arm}-notewise-{split}", lambda: _priced(bench, arm, split), arms=[arm])
    return np.array(priced["pieces"], np.float64)


def _priced(bench: Bench, arm: str, split: str) -> dict[str, Any]:
    from etude.evaluation.notewise import notewise
    from etude.lab.weights import torch_model
    from etude.models.guessing import Guesses

    material = bench.material(arm)
    pieces = material.packed(split).pieces()
    where = passages(pieces)
    model, _ = torch_model(bench.run(arm))
    said = foretold(model, pieces, where, [field.values for field in material.encoding.fields])
    steps = [pieces[one.piece][one.first : one.last] for one in where]
    kept = [is_note(part) for part in steps]
    said = [one.only(mask) for one, mask in zip(said, kept, strict=True)]
    steps = [part[mask] for part, mask in zip(steps, kept, strict=True)]
    columns = zip(*said, strict=True)
    nats, hits, means, medians = (np.concatenate(column) for column in columns)
    whole = notewise(Guesses(nats, hits, means, medians), np.concatenate(steps), material.encoding.fields)
    totals = [(float(one.nats[:, 0].sum()), len(one.nats)) for one in said]
    return {"figures": asdict(whole), "pieces": totals}


def over(bench: Bench, name: str, seeds: Sequence[int], figure: str, split: str = "valid") -> Interval:
    """The Interval over seeds of one figure of an experiment or network."""
    return over_seeds([found(bench, arm_of(name, seed), split)[figure] for seed in seeds])


def change(bench: Bench, name: str, before: str, seeds: Sequence[int], figure: str) -> Interval:
    """The Interval over seeds of what `name` has more of a figure than `before`."""
    mine, theirs = ([found(bench, arm_of(one, seed))[figure] for seed in seeds] for one in (name, before))
    return paired_over_seeds(mine, theirs)


def pitch_difference(bench: Bench, arm: str, beside: str) -> Interval:
    """What `arm` pays more for a pitch than `beside`, with an interval over the held-out pieces, not over seeds."""
    mine, theirs = by_piece(bench, arm), by_piece(bench, beside)
    notes = mine[:, 1]
    mean = float((mine[:, 0] - theirs[:, 0]).sum() / notes.sum())
    count = len(notes)
    if count < 2:
        return Interval(mean, math.nan, math.nan, count)
    rest = mine[:, 0] - theirs[:, 0] - mean * notes
    error = float(np.sqrt(count / (count - 1) * (rest**2).sum()) / notes.sum())
    return Interval(mean, mean - 1.96 * error, mean + 1.96 * error, count)
