"""The sampling settings at which what a model composes is most like its collection, kept with it as its defaults.

What is held against the collection: how often passages of eight notes come back, how varied the intervals are, how
many notes a bar has, and how many bars are those before again. Each difference is counted in standard deviations of
real pieces, and the settings with the smallest sum of squares win. One kind of setting is searched after another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import UsageError
from etude.lab.evaluating import data_of
from etude.lab.loading import CALIBRATION, Loaded, load
from etude.lab.material import Material, Progress, nothing
from etude.lab.sampled import longest_sample, real_scores

if TYPE_CHECKING:
    from etude.score import Score

PASSAGE = 8  # notes
TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1)
FILTERS: tuple[dict[str, float], ...] = ({"min_p": 0.02}, {"min_p": 0.05}, {"top_p": 0.95}, {"typical": 0.95})
PLAIN: dict[str, Any] = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical": 1.0, "repeat_rate": 1.0}
TRIED = 1 + len(TEMPERATURES) + len(FILTERS)  # settings, at the most
MEASURES = {"entropy": "interval_entropy", "density": "notes_per_bar", "structure": "repeated_bars"}


@dataclass(frozen=True)
class Beside:
    """One measure: its mean over samples and over real pieces, and the standard deviation of real pieces."""

    samples: float
    reference: float
    spread: float

    @property
    def away(self) -> float:
        """The difference in standard deviations of real pieces (at least 2 % of their mean).

        0 where real pieces do not define the measure, infinite where only the samples do not: nothing but silence
        is unlike them.
        """
        if not math.isfinite(self.reference):
            return 0.0
        if not math.isfinite(self.samples):
            return math.inf
        return abs(self.samples - self.reference) / max(self.spread, 0.02 * abs(self.reference), 1e-3)

    def answer(self) -> dict[str, float | None]:
        """The two means as plain values; None where one is not defined."""
        return {"samples": _finite(self.samples), "reference": _finite(self.reference)}


@dataclass(frozen=True)
class Calibration:
    """What was found: the settings, what samples drawn so measure, and how far every other setting was away."""

    settings: dict[str, Any]
    measured: dict[str, Beside]
    tried: tuple[tuple[dict[str, Any], float], ...]
    pieces: int
    collection: str

    @property
    def away(self) -> float:
        """The sum of squares of all differences."""
        return sum(one.away**2 for one in self.measured.values())

    def answer(self) -> dict[str, Any]:
        """The keys of `etude calibrate --json`; what lies in the run as calibration.json."""
        return {
            "settings": self.settings,
            **{name: one.answer() for name, one in self.measured.items()},
            "away": _finite(self.away),
            "pieces": self.pieces,
            "collection": self.collection,
            "tried": [{"settings": settings, "away": _finite(away)} for settings, away in self.tried],
        }


def calibrate(
    model: str | None, data: str | None = None, *, pieces: int = 8, seed: int = 0, progress: Progress = nothing
) -> Calibration:
    """The best settings found for a run, stored in it: from now on it composes so unless asked otherwise.

    `pieces` are drawn at every setting. Raises UsageError for an exported file, which cannot be written to.
    """
    loaded = load(model)
    run = loaded.run
    if run is None:
        raise UsageError(
            f"{loaded.name} is an exported file, and settings are stored with the run: calibrate the run folder "
            "and export it again."
        )
    loaded = replace(loaded, sampling=loaded.uncalibrated, calibrated={}, before=None)
    material = Material.of(data_of(loaded, data), loaded.encoding)
    bench = Bench(loaded, real_scores(loaded, material), pieces, seed)
    found = search(bench, progress, material.collection.name)
    run.write_json(CALIBRATION, found.answer())
    return found


@dataclass(frozen=True)
class Bench:
    """A model and the real pieces that its samples are held against."""

    loaded: Loaded
    real: Sequence[Score]
    pieces: int
    seed: int

    @property
    def counts_notes(self) -> bool:
        """Whether repetition can be counted in notes in the model's encoding."""
        from etude.sampling import NoteFields

        return bool(NoteFields(self.loaded.encoding))

    def measured(self, settings: dict[str, Any]) -> dict[str, Beside]:
        """What samples drawn with these settings measure, beside the real pieces."""
        made, real = figures(list(self._made(settings))), figures(self.real)
        return {name: Beside(_mean(made[name]), _mean(real[name]), float(np.nanstd(real[name]))) for name in made}

    def _made(self, settings: dict[str, Any]) -> Iterator[Score]:
        from etude.sampling import Length, compose, piece_seed

        sampling = replace(self.loaded.sampling, **settings)
        length = Length(steps=longest_sample(self.loaded))
        for number in range(self.pieces):
            seed = piece_seed(self.seed, number)
            yield compose(
                self.loaded.stepper, self.loaded.encoding, sampling=sampling, seed=seed, length=length
            ).score


def search(bench: Bench, progress: Progress, collection: str = "") -> Calibration:
    """The best settings: first the temperature, then a filter, then how often passages may come back."""
    tried: list[tuple[dict[str, Any], float]] = []
    best = Calibration({}, {}, (), bench.pieces, collection)

    def attempt(settings: dict[str, Any]) -> None:
        nonlocal best
        found = replace(best, settings=settings, measured=bench.measured(settings))
        tried.append((settings, found.away))
        progress(len(tried), TRIED)
        if not best.measured or found.away < best.away:
            best = found

    for temperature in TEMPERATURES:
        attempt({**PLAIN, "temperature": temperature})
    middle = best.settings
    for kept in FILTERS:
        attempt({**middle, **kept})
    repeated = best.measured["repeat_rate"]
    if repeated.samples > repeated.reference and bench.counts_notes:
        attempt({**best.settings, "repeat_rate": round(repeated.reference, 3), "repeat_notes": PASSAGE})
    return replace(best, tried=tuple(tried))


def figures(scores: Sequence[Score]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Measure -> float64[S] of these pieces."""
    from etude.evaluation import METRICS, measure, repeat_rate

    kept = [metric for metric in METRICS if metric.name in MEASURES.values()]
    found = measure(scores, kept)
    repeated = np.array([repeat_rate(score, PASSAGE) for score in scores], np.float64)
    return {"repeat_rate": repeated, **{name: found[metric] for name, metric in MEASURES.items()}}


def _finite(value: float) -> float | None:
    """The value as JSON can hold it."""
    return value if math.isfinite(value) else None


def _mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan
