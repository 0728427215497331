"""Measures of a person's files, beside those of a collection.

Repeats are played out on both sides: a MIDI file has no repeat signs, and a tune book has little else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, Reason, nothing_read
from etude.lab.findings import Finding, of_music, of_set
from etude.lab.originality import Known, collection_passages
from etude.lab.standing import Copied, Heat, by_temperature, copied
from etude.score import Score, unfold

if TYPE_CHECKING:
    from etude.data import Collection
    from etude.evaluation.sets import Features, SetComparison, Variety

BESIDE = (".wav", ".png", ".svg")  # sound and pictures of pieces, which nobody reads
REFERENCE = 500  # pieces of a collection that are measured, at the most
BAND = (0.05, 0.95)

Columns = dict[str, NDArray[np.float64]]  # metric -> [pieces]


@dataclass(frozen=True)
class Measured:
    """Files in figures, and the music they are held against, if any."""

    scores: list[Score]
    names: list[str]
    refused: list[str]
    features: Features
    against: str | None = None
    reference: Features | None = None
    real: list[Score] = field(default_factory=list)  # the pieces of the reference
    comparison: SetComparison | None = None
    variety: Variety | None = None
    copied: Copied | None = None
    heats: list[Heat] = field(default_factory=list)  # the pieces by temperature, where they name several
    findings: list[Finding] = field(default_factory=list)

    @property
    def pieces(self) -> int:
        """How many pieces were measured."""
        return len(self.scores)

    @property
    def units(self) -> dict[str, str]:
        """Metric -> unit."""
        from etude.evaluation import all_metrics

        return {metric.name: metric.unit for metric in all_metrics()}

    @property
    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Name -> mean over the pieces with a 95 % bootstrap interval; mean and band of the reference."""
        return {name: {**_interval(column), **self._band(name)} for name, column in self.features.metrics.items()}

    def _band(self, name: str) -> dict[str, float | None]:
        if self.reference is None:
            return {"reference": None}
        known = _known(self.reference.metrics[name])
        low, high = np.quantile(known, BAND) if len(known) else (np.nan, np.nan)
        mean = float(known.mean()) if len(known) else np.nan
        return {"reference": mean, "reference_low": float(low), "reference_high": float(high)}

    def answer(self) -> dict[str, Any]:
        """The keys of `etude measure --json`."""
        return {
            "metrics": self.metrics,
            "pieces": self.pieces,
            "reference_pieces": self.reference.pieces if self.reference else None,
            "comparison": self.comparison.as_json() if self.comparison else None,
            "variety": self.variety.as_json() if self.variety else None,
            "originality": self.copied.as_json() if self.copied else None,
            "by_temperature": [heat.as_json() for heat in self.heats],
            "findings": list(map(str, self.findings)),
        }


def measure_files(paths: Sequence[Path], against: str | None = None) -> Measured:
    """The measures of every tune in `paths` (files or folders). Raises BadInput when none could be read."""
    from etude.data import Collection
    from etude.evaluation import all_metrics
    from etude.evaluation.sets import Features

    scores, names, refused = _read(paths)
    if not scores:
        raise nothing_read(refused)
    features = Features.of(scores, all_metrics())
    if against is None:
        text = "What these figures are worth shows beside music like it."
        said = [Finding("no reference", text, "--against COLLECTION")]
        return Measured(scores, names, refused, features, findings=said)
    collection = Collection.open(against)
    real = _reference(collection)
    reference = Features.of(real, all_metrics())
    plain = Measured(scores, names, refused, features, against, reference, real)
    return _beside(plain, collection_passages(collection))


def _beside(found: Measured, known: Known) -> Measured:
    """The same with the set as a whole held against the reference."""
    from etude.evaluation.sets import compare_sets, variety

    assert found.reference is not None
    ours, real = _own(found.features), _own(found.reference)
    comparison = compare_sets(ours, real)
    varied = variety(found.scores, ours, found.real, real)
    said = of_music(found.features.metrics, found.reference.metrics) + of_set(comparison, varied)
    theirs = copied(found.scores, found.names, known)
    heats = by_temperature(found.scores, ours, found.real, real, theirs)
    return replace(found, comparison=comparison, variety=varied, copied=theirs, heats=heats, findings=said)


def _own(features: Features) -> Features:
    """The same without the measures of plugins: distances must not hang on what else is installed."""
    from etude.evaluation import METRICS

    return replace(features, metrics={metric.name: features.metrics[metric.name] for metric in METRICS})


def _read(paths: Sequence[Path]) -> tuple[list[Score], list[str], list[str]]:
    """Every tune, what it is called, and what could not be read."""
    from etude.formats import read_safely

    scores, names, refused = [], [], []
    for found in read_safely(given_files(paths)):
        for number, reading in enumerate(found.readings, 1):
            place = Path(found.path).name + (f"#{number}" if len(found.readings) > 1 else "")
            if reading.score is not None:
                scores.append(unfold(reading.score))
                names.append(reading.score.meta.title or place)
            else:
                refused.append(f"{found.path}: {reading.reason}: {reading.detail}")
    return scores, names, refused


def given_files(paths: Sequence[Path]) -> list[Path]:
    """The files a person means by `paths`, folders with all inside but sound and pictures of pieces.

    Raises BadInput when there is none.
    """
    from etude.data.reading import find_all

    named = set(paths)
    files = [path for _, path in find_all(paths) if path in named or path.suffix.lower() not in BESIDE]
    if not files:
        raise BadInput(f"There is no file in {', '.join(map(str, paths))}. Name one with music.", Reason.EMPTY)
    return files


def _reference(collection: Collection) -> list[Score]:
    """The pieces of a collection; of a large one REFERENCE of them, evenly taken."""
    pieces = collection.pieces()
    chosen = np.unique(np.linspace(0, len(pieces) - 1, REFERENCE).round().astype(np.int64))
    return [unfold(pieces[number].score) for number in chosen]


def _known(column: NDArray[np.float64]) -> NDArray[np.float64]:
    return column[~np.isnan(column)]


def _interval(column: NDArray[np.float64]) -> dict[str, float | None]:
    from etude.evaluation.sets.estimates import mean_with_interval

    return dict(vars(mean_with_interval(column)))
