"""Where a set of pieces stands: what it copies of a collection, and how it changes with the temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput
from etude.lab.originality import Known
from etude.lab.provenance import parse_line
from etude.score import Score

if TYPE_CHECKING:
    from etude.evaluation import Features, Originality, Variety
    from etude.evaluation.sets import Apart, Estimate


@dataclass(frozen=True)
class Copied:
    """What each piece of a set shares with the training side of a collection."""

    names: Sequence[str]
    each: Sequence[Originality]

    HEADER = ("piece", "longest copied", "share copied", "stands in", "bar", "verdict")

    @property
    def over(self) -> int:
        """How many pieces share a longer passage than nearly all real pieces do."""
        return sum(bool(one.telling) for one in self.each)

    @property
    def longest(self) -> Estimate:
        """Notes of the longest passage, mean over the pieces."""
        from etude.evaluation.sets.estimates import mean_with_interval

        return mean_with_interval(np.array([one.longest_copied for one in self.each], np.float64))

    @property
    def share(self) -> Estimate:
        """Share of copied notes, mean over the pieces."""
        from etude.evaluation.sets.estimates import mean_with_interval

        return mean_with_interval(np.array([one.copied_share for one in self.each], np.float64))

    def rows(self, most: int = 10) -> list[tuple[Any, ...]]:
        """The pieces that copy most: name, notes, share, where, verdict."""
        found = sorted(zip(self.names, self.each), key=lambda pair: -pair[1].longest_copied)[:most]
        return [(name, one.longest_copied, one.copied_share, *one.first_place, one.verdict) for name, one in found]

    @property
    def sentence(self) -> str:
        """What the figures say, in one sentence."""
        band = self.each[0].band
        if band is None:
            return (
                f"Longest copied passage: {self.longest.value:.1f} notes on average; too few real pieces beside it."
            )
        text = f"Longest copied passage: {self.longest.value:.1f} notes on average, of held-out real pieces "
        text += f"{band.longest[1]:.0f} (95 of 100 at most {band.longest[2]:.0f})"
        return f"{text}; {self.over} of {len(self.each)} pieces copy more than real pieces do."

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        band = self.each[0].band
        return {
            "longest_copied": vars(self.longest),
            "copied_share": vars(self.share),
            "over_band": self.over,
            "band": vars(band) if band else None,
            "pieces": [{"name": name, **one.as_json()} for name, one in zip(self.names, self.each)],
        }


def copied(scores: Sequence[Score], names: Sequence[str], known: Known) -> Copied:
    """What `scores` share with what is known."""
    return Copied(names, [known.of(score) for score in scores])


@dataclass(frozen=True)
class Heat:
    """The pieces of one temperature, beside real ones."""

    temperature: float
    frechet: Apart
    variety: Variety
    copied: Copied

    HEADER = ("temperature", "pieces", "frechet", "distinct n-grams", "distance", "near-identical", "coverage",
              "fidelity", "longest copied")  # fmt: skip

    def row(self) -> tuple[Any, ...]:
        """The cells of the table by temperature."""
        figures = [one.value for one in self.variety.figures.values()]
        return (
            self.temperature,
            len(self.copied.each),
            self.frechet.estimate.value,
            *figures,
            self.copied.longest.value,
        )

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "temperature": self.temperature,
            "pieces": len(self.copied.each),
            "frechet": self.frechet.as_json(),
            "variety": self.variety.as_json(),
            "longest_copied": vars(self.copied.longest),
        }


def by_temperature(
    scores: Sequence[Score], features: Features, real: Sequence[Score], reference: Features, found: Copied
) -> list[Heat]:
    """A Heat for each temperature that the pieces' reproducibility lines name; [] for fewer than two."""
    from etude.evaluation.sets import frechet_apart, variety

    given = [temperature_of(score) for score in scores]
    out = []
    for temperature in sorted({one for one in given if one is not None}):
        chosen = np.array([at for at, one in enumerate(given) if one == temperature], np.int64)
        own, pieces = features.only(chosen), [scores[at] for at in chosen]
        told = Copied([found.names[at] for at in chosen], [found.each[at] for at in chosen])
        apart = frechet_apart(own, reference)
        out.append(Heat(temperature, apart, variety(pieces, own, real, reference), told))
    return out if len(out) > 1 else []


def real_row(heats: Sequence[Heat], found: Copied) -> tuple[Any, ...]:
    """The row of as many real pieces as the first Heat has, under the same header."""
    first, band = heats[0], found.each[0].band
    figures = [one.value for one in first.variety.real.values()]
    longest = band.longest[1] if band else None
    return ("real pieces", len(first.copied.each), first.frechet.floor.value, *figures, longest)


def temperature_of(score: Score) -> float | None:
    """The temperature a piece was drawn at, by its reproducibility line; None for other music."""
    try:
        made_by = parse_line(score.meta.reproduce)
    except BadInput:
        return None
    options = made_by.options
    asked, count = options.get("temperatures") or [], max(1, options.get("count", 1))
    place = made_by.index // count
    return float(asked[place]) if place < len(asked) else None
