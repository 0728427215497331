"""Whether music is too repetitive, too random or incoherent, beside the band of real pieces.

A measure speaks when the middle piece of the set lies outside what nine of ten real pieces keep to. One measure
alone may do so by chance: a finding needs several that say the same, and more than say the opposite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.lab.findings.base import Finding

if TYPE_CHECKING:
    from etude.evaluation.sets import SetComparison, Variety

BAND = (0.05, 0.95)  # quantiles of the real pieces
MARGIN = 0.1  # of the band's width: what lies less far outside may do so by chance
FEW_REAL, FEW = 8, 3  # pieces: fewer give no band, or no middle
SPEAK = 2  # measures that must say the same
AGAINST = 2  # times as many as say the opposite
SHOWN = 3  # measures that a finding names

Columns = Mapping[str, NDArray[np.float64]]  # metric -> float64[pieces], NaN where it is not defined
Signs = Mapping[str, Mapping[str, str]]

# of what -> measure -> on which side it lies when that repeats itself too much, and when it goes anywhere
REPETITIVE = {
    "pitch": {
        "pitch_entropy": "below",
        "pitch_class_entropy": "below",
        "interval_entropy": "below",
        "transition_entropy": "below",
        "repeated_notes": "above",
    },
    "rhythm": {
        "note_length_entropy": "below",
        "onset_interval_entropy": "below",
        "groove_similarity": "above",
        "drum_pattern_consistency": "above",
    },
    "form": {"repeated_passages": "above", "repeated_bars": "above", "bar_similarity": "above"},
}
RANDOM = {
    "pitch": {
        "pitch_entropy": "above",
        "pitch_class_entropy": "above",
        "interval_entropy": "above",
        "transition_entropy": "above",
        "mean_interval": "above",
        "leaps": "above",
        "stepwise": "below",
        "scale_consistency": "below",
        "key_clarity": "below",
    },
    "rhythm": {
        "note_length_entropy": "above",
        "onset_interval_entropy": "above",
        "groove_consistency": "below",
        "groove_similarity": "below",
        "drum_pattern_consistency": "below",
        "valid_bars": "below",
        "full_bars": "below",
    },
}
FORM = ("structureness_short", "structureness_middle", "structureness_long", "repeated_bars", "repeated_passages")
LOCAL = ("scale_consistency", "mean_interval", "interval_entropy", "pitch_class_entropy", "onset_interval_entropy")


@dataclass(frozen=True)
class Place:
    """Where the middle piece of a set lies beside real ones."""

    metric: str
    middle: float
    low: float
    high: float

    @property
    def side(self) -> str:
        """ "above", "below" or "inside"."""
        margin = MARGIN * (self.high - self.low)
        if self.middle > self.high + margin:
            return "above"
        return "below" if self.middle < self.low - margin else "inside"

    def __str__(self) -> str:
        name = self.metric.replace("_", " ")
        return f"{name} {self.middle:.2g} (real pieces {self.low:.2g} to {self.high:.2g})"


def places(measured: Columns, real: Columns) -> list[Place]:
    """A Place for every measure that is defined often enough on both sides."""
    out = []
    for name, column in measured.items():
        ours, theirs = (values[~np.isnan(values)] for values in (column, real.get(name, np.zeros(0))))
        if len(ours) >= FEW and len(theirs) >= FEW_REAL:
            low, high = np.quantile(theirs, BAND)
            out.append(Place(name, float(np.median(ours)), float(low), float(high)))
    return out


def of_music(measured: Columns, real: Columns) -> list[Finding]:
    """Findings about a set of pieces (metric -> float64[S]) beside real ones (metric -> float64[R])."""
    found = {place.metric: place for place in places(measured, real)}
    if not found:
        text = f"Too few pieces to say how they compare: at least {FEW}, and {FEW_REAL} real ones, are needed."
        return [Finding("too few pieces", text)]
    outside = {name: place for name, place in found.items() if place.side != "inside"}
    said = []
    if repetitive := _said(outside, REPETITIVE, RANDOM):
        said.append(_repetitive(repetitive))
    if random := _said(outside, RANDOM, REPETITIVE):
        said.append(_random(random))
    if said:
        return said
    if incoherent := _incoherent(found):
        return [incoherent]
    if len(outside) > len(found) / 2:
        return [_unlike(found)]
    return [_inside(found), *_on_average(measured, real)]


def _on_average(measured: Columns, real: Columns) -> list[Finding]:
    """What no single piece shows: half as many endings on the tonic, say, though some real pieces have none."""
    from etude.evaluation.averages import averages

    off = [one for one in averages(measured, real) if one.differs]
    if not off:
        return []
    more = f" and {len(off) - SHOWN} more" if len(off) > SHOWN else ""
    text = f"Over all pieces together {len(off)} averages are off: {', '.join(map(str, off[:SHOWN]))}{more}."
    return [Finding("off on average", text, "etude compose --best-of 8, or more --minutes of training")]


def _said(outside: Mapping[str, Place], signs: Signs, against: Signs) -> dict[str, list[Place]]:
    """Of what -> the places that say so, where enough do and few say the opposite."""
    out = {}
    for what, sides in signs.items():
        says, denies = (
            [place for name, place in outside.items() if place.side == one.get(name)]
            for one in (sides, against.get(what, {}))
        )
        if len(says) >= max(SPEAK, AGAINST * len(denies)):
            out[what] = says
    return out


def _repetitive(said: Mapping[str, list[Place]]) -> Finding:
    return Finding(
        "too repetitive",
        f"Too repetitive in {' and '.join(said)}: {_listed(_together(said))}.",
        "etude compose --temperature 1.1, or --repeat-penalty 1; if it was trained long, an earlier checkpoint",
    )


def _random(said: Mapping[str, list[Place]]) -> Finding:
    return Finding(
        "too random",
        f"Too random in {' and '.join(said)}: {_listed(_together(said))}.",
        "etude compose --temperature 0.8, or --top-p 0.95; if that does not help, more --minutes of training",
    )


def _together(said: Mapping[str, list[Place]]) -> list[Place]:
    return [place for places in said.values() for place in places]


def _incoherent(found: Mapping[str, Place]) -> Finding | None:
    """Right from note to note, and nothing comes back."""
    loose = [found[name] for name in FORM if name in found and found[name].side == "below"]
    local = [found[name] for name in LOCAL if name in found]
    if len(loose) < SPEAK or not local or any(place.side != "inside" for place in local):
        return None
    return Finding(
        "incoherent",
        f"Incoherent: from note to note like real pieces, but little comes back: {_listed(loose)}.",
        "etude compose --copying, or training with a longer model.context",
    )


def _inside(found: Mapping[str, Place]) -> Finding:
    outside = [place for place in found.values() if place.side != "inside"]
    text = f"In {len(found) - len(outside)} of {len(found)} measures the middle piece is like real ones."
    return Finding("like real pieces", text if not outside else f"{text} Outside: {_listed(outside)}.")


def _unlike(found: Mapping[str, Place]) -> Finding:
    outside = [place for place in found.values() if place.side != "inside"]
    return Finding(
        "unlike real pieces",
        f"Unlike real pieces in {len(outside)} of {len(found)} measures: {_listed(outside)}.",
        "more --minutes of training, and etude measure --against COLLECTION to see which",
    )


def _listed(places: list[Place], most: int = SHOWN) -> str:
    """The places that lie farthest out, in words."""

    def distance(place: Place) -> float:
        width = max(place.high - place.low, 1e-9)
        return -max(place.middle - place.high, place.low - place.middle) / width

    shown = sorted(places, key=distance)[:most]
    more = f" and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
    return ", ".join(map(str, shown)) + more


def of_set(comparison: SetComparison, variety: Variety) -> list[Finding]:
    """Findings about a set as a whole: how far off, in what, and how varied, each beside real pieces."""
    whole = comparison.frechet
    if whole.verdict == "too few pieces" and not comparison.furthest:
        text = f"Too few pieces for distances between sets: {comparison.pieces}."
        return [Finding("too few for distances", text, "more pieces, 50 or so")]
    said = []
    if comparison.furthest:
        said.append(_furthest(comparison))
    else:
        text = "In no feature is the set further off than real pieces are from each other."
        said.append(Finding("as near as real pieces", text))
    if variety.verdict("near_identical") == "above real pieces":
        share = variety.figures["near_identical"].value
        text = f"{share:.0%} of the pieces repeat another piece of the set."
        said.append(Finding("same again", text, "etude compose with other seeds, or a higher --temperature"))
    elif variety.verdict("distinct_ngrams") == "below real pieces":
        share, real = variety.figures["distinct_ngrams"].value, variety.real["distinct_ngrams"].value
        text = (
            f"The pieces resemble each other: {share:.0%} of their turns are different, of real pieces' {real:.0%}."
        )
        said.append(Finding("little variety", text, "etude compose --temperature 1.1"))
    return said


def _furthest(comparison: SetComparison, most: int = SHOWN) -> Finding:
    off = comparison.furthest
    named = ", ".join(
        f"{one.name.replace('_', ' ')} {one.estimate.value:.2f} bits (real pieces {one.floor.value:.2f})"
        for one in off[:most]
    )
    more = f" and {len(off) - most} more" if len(off) > most else ""
    text = f"Further off than real pieces in {len(off)} of {len(comparison.features)} features: {named}{more}."
    return Finding("further off", text)
