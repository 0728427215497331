"""Do the critic's scores rise while the composer learns? Three stages beside real, random and untrained pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions import passages, random_piano
from etude.evaluation.judging import Bounded, difference_of, mean_of
from etude.lab.composing import compose
from etude.lab.critic import Judge
from etude.lab.loading import Loaded
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed3.sizes import Sizes, real_pieces
from etude.lab.writing import Drawing, write_piece
from etude.score import Score

UNTRAINED, RANDOM, REAL = "untrained", "random notes", "real"
HEARD = 2  # pieces of every group that are written as sound
BINS = 10


def composed(bench: Bench, arm: str, count: int, steps: int, seed: int = 0) -> list[Score]:
    """`count` pieces of an arm's model, or of the untrained composer; kept as MIDI files under OUT/pieces."""
    from etude import formats

    loaded = untrained(bench) if arm == UNTRAINED else bench.load(arm)
    folder = bench.folder / "pieces" / f"{arm}-{seed}-{loaded.sha256[:8]}"
    if len(list(folder.glob("*.mid"))) < count:
        bench.say(f"composing {count} pieces: {arm}")
        compose(loaded, count=count, steps=steps, seed=seed, out=folder)
    return [formats.read(path) for path in sorted(folder.glob("*.mid"))[:count]]


def untrained(bench: Bench) -> Loaded:
    """The composer's network with fresh weights."""
    import torch

    from etude.lab.weights import build_model, recipe_of
    from etude.models import TorchStepper

    recipe = recipe_of(bench.run("composer"))
    encoding = recipe.build_encoding()
    torch.manual_seed(recipe.training_config().seed)
    stepper = TorchStepper(build_model(recipe, encoding))
    return Loaded(UNTRAINED, UNTRAINED, stepper, encoding, recipe.sampling_config(), metadata={})


def groups(bench: Bench, stages: Sequence[str], sizes: Sizes) -> dict[str, list[Score]]:
    """Name -> pieces: real and random ones as long as the last stage's, untrained ones, one group a stage."""
    found = {stage: composed(bench, stage, sizes.composed, sizes.steps) for stage in (UNTRAINED, *stages)}
    notes = max(sizes.notes, int(np.median([len(score) for score in found[stages[-1]]])))
    real = [passages(score, notes, shortest=1)[0] for _, score in real_pieces(bench, "test", sizes.composed)]
    noise = [random_piano(notes, np.random.default_rng((9, number))) for number in range(sizes.composed)]
    return {RANDOM: noise, **found, REAL: real}


def scored(judge: Judge, pieces: Mapping[str, Sequence[Score]]) -> dict[str, list[float]]:
    """Name -> the critic's score of every piece."""
    return {name: judge.pieces(scores).tolist() for name, scores in pieces.items()}


def table(title: str, scores: Mapping[str, Sequence[float]], what: Mapping[str, str]) -> Table:
    """Mean, interval and histogram of every group."""
    rows = []
    for name, values in scores.items():
        mean = mean_of(_array(values))
        bars = np.histogram(values, bins=BINS, range=(0, 1))[0]
        rows.append(
            (
                name,
                what.get(name, ""),
                len(values),
                mean.value,
                f"{mean.low:.3f} to {mean.high:.3f}",
                *bars.tolist(),
            )
        )
    edges = [f"{number / BINS:.1f}" for number in range(BINS)]
    note = "Mean chance of being real over a piece's passages; intervals over pieces. Right: pieces by score, from."
    return Table(title, ("pieces", "what", "number", "mean", "95 %", *edges), rows, note)


def rises(scores: Mapping[str, Sequence[float]], stages: Sequence[str]) -> dict[str, Bounded]:
    """Step -> how much the mean score grows from one stage to the next, and from the first to the last."""
    line = [UNTRAINED, *stages]
    pairs = [*pairwise(line), (stages[0], stages[-1])]
    return {f"{a} to {b}": difference_of(_array(scores[a]), _array(scores[b])) for a, b in pairs}


def sentence(critic: str, steps: Mapping[str, Bounded]) -> str:
    """Whether the score rises with training, by its intervals."""
    words = [f"{name} {one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})" for name, one in steps.items()]
    whole = list(steps.values())[-1]
    verdict = "rises" if whole.low > 0 else "falls" if whole.high < 0 else "shows no evidence of rising"
    return f"Judged by {critic}, the score {verdict} with training: {'; '.join(words)}."


def listening(
    bench: Bench, pieces: Mapping[str, Sequence[Score]], formats: Sequence[str]
) -> list[tuple[Path, str]]:
    """(file, caption) of the first pieces of every group."""
    files = []
    for name, scores in pieces.items():
        for number, score in enumerate(scores[:HEARD], start=1):
            stem = bench.folder / "listen" / f"{name.replace(' ', '-')}-{number}"
            stem.parent.mkdir(parents=True, exist_ok=True)
            files += [(path, f"{name}, piece {number}") for path in write_piece(score, stem, formats, Drawing())]
    return files


def as_json(scores: Mapping[str, Sequence[float]], steps: Mapping[str, Bounded]) -> dict[str, Any]:
    """Plain values."""
    return {
        "means": {name: vars(mean_of(_array(values))) for name, values in scores.items()},
        "scores": {name: list(values) for name, values in scores.items()},
        "differences": {name: vars(one) for name, one in steps.items()},
    }


def _array(values: Sequence[float]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)
