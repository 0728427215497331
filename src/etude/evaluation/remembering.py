"""What a model makes of what it has heard of a piece: prices by place, by visible context, and strain after strain.

Conventions
    Prices are float64[T - 1]: nats of every step of a piece after the begin step, its end step left out. Figures
    are means over all steps they speak of; intervals are at 95 %, by drawing pieces again (Efron and Tibshirani,
    "An Introduction to the Bootstrap", 1993). Only long pieces reach far places: read each place beside the
    baselines, which stand on the same steps.

Metrics
    by_place     nats a step at 1-16, 17-32, 33-64, ... steps from the start of the piece
    by_context   nats a step when a step sees 16, 32, 64, ... steps before it, and when it sees the whole piece
    strain_gain  nats a step of the first strain minus those of the second; what is heard again costs a model with
                 memory less. The second begins at the first repeat sign between a quarter and three quarters of
                 the piece, or else at the first double bar there, or at the bar line nearest to the middle.
                 What comes before the first note (meter, key) is in neither.

Source of the measure by context: Khandelwal et al., "Sharp nearby, fuzzy far away" (2018).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import END, Encoding, Steps, decode
from etude.evaluation.baselines import tuned
from etude.evaluation.likelihood import price_all
from etude.evaluation.protocols import Protocol
from etude.evaluation.sets.estimates import UNKNOWN, Estimate
from etude.score import Score, bar_starts
from etude.stepper import Scorer

Nats = NDArray[np.float64]

CONTEXTS = (16, 32, 64, 128, 256, 512, 1024)  # steps
WHOLE = "whole"
_FIRST = 16  # steps of the first place; each place after it is as long as all before
_DOUBLE = ("||", "|]", "[|")
_DRAWS = 1000


@dataclass(frozen=True)
class Remembered:
    """What one model remembers. Keys of `by_place` are like "17-32", of `by_context` like "64" or "whole"."""

    pieces: int
    by_place: dict[str, Estimate]
    by_context: dict[str, Estimate] = field(default_factory=dict)
    strain_gain: Estimate = UNKNOWN
    context_steps: int = 0  # steps that `by_context` speaks of
    overlong: Estimate = UNKNOWN  # nats a step by which the whole piece costs more than the best context

    @property
    def best_context(self) -> str:
        """The context at which a step costs least: "64", or "whole"; "" where that was not asked."""
        return min(self.by_context, key=lambda name: self.by_context[name].value, default="")

    @property
    def context_gain(self) -> float:
        """Nats a step that the whole piece saves over the shortest context; NaN where that was not asked."""
        first = next(iter(self.by_context.values()), UNKNOWN)
        return first.value - self.by_context.get(WHOLE, UNKNOWN).value

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "pieces": self.pieces,
            "by_place": {name: asdict(one) for name, one in self.by_place.items()},
            "by_context": {name: asdict(one) for name, one in self.by_context.items()},
            "strain_gain": asdict(self.strain_gain),
            "context_gain": self.context_gain,
            "context_steps": self.context_steps,
            "overlong": asdict(self.overlong),
        }


def prices(scorer: Scorer, pieces: Sequence[Steps], visible: int | None = None) -> list[Nats]:
    """Float64[T - 1] a piece, the end step left out, each step seeing at most `visible` steps before it."""
    protocol = Protocol("full" if visible is None else "context", visible or 0, ends=False)
    kept = [protocol.counted(steps) for steps in pieces]
    return [nats.sum(axis=1)[mask] for nats, mask in zip(price_all(scorer, pieces, protocol), kept, strict=True)]


def by_place(nats: Sequence[Nats], *, seed: int = 0) -> dict[str, Estimate]:
    """Place -> nats a step there, as far as any piece reaches."""
    longest = max((len(one) for one in nats), default=0)
    edges = [0, _FIRST]
    while edges[-1] < longest:
        edges.append(2 * edges[-1])
    out = {}
    for begin, stop in pairwise(edges):
        parts = [one[begin:stop] for one in nats if len(one) > begin]
        out[f"{begin + 1}-{stop}"] = mean_of(parts, seed=seed)
    return out


def mean_of(parts: Sequence[Nats], *, seed: int = 0) -> Estimate:
    """The mean of all values, its interval by drawing the parts again; NaN bounds for fewer than two."""
    sums, counts = _sums(parts)
    return _drawn(lambda each: (each @ sums) / np.maximum(each @ counts, 1), len(parts), seed)


def strain_gain(nats: Sequence[Nats], strains: Sequence[tuple[int, int]], *, seed: int = 0) -> Estimate:
    """Nats a step of the first strains minus those of the second. `strains`: the first step of each, a piece a row.

    Pieces with an empty strain are left out.
    """
    kept = [(one, ends) for one, ends in zip(nats, strains, strict=True) if ends[0] < ends[1] < len(one)]
    first = _sums([one[begin:middle] for one, (begin, middle) in kept])
    second = _sums([one[middle:] for one, (_, middle) in kept])

    def gain(each: Nats) -> Nats:
        one, other = ((each @ sums) / np.maximum(each @ counts, 1) for sums, counts in (first, second))
        return np.asarray(one - other)

    return _drawn(gain, len(kept), seed)


def strains(encoding: Encoding, steps: Steps) -> tuple[int, int]:
    """The numbers of the steps (of steps[1:]) that begin the first and the second strain; equal without music."""
    middle = second_strain(decode(encoding, steps))
    begins = _begins(encoding, steps)
    if not begins:  # a Reader that is silent until the end, of raw text
        return _by_prefixes(encoding, steps, middle)
    second = next((number for number, tick in begins if tick >= middle), begins[0][0])
    return begins[0][0], second


def _begins(encoding: Encoding, steps: Steps) -> list[tuple[int, int]]:
    """Of each note the number of the step (of steps[1:]) that makes it certain, and its tick."""
    reader = encoding.reader()
    found = []
    for number, step in enumerate(steps):
        if int(step[0]) == END:
            break
        events = reader.feed([int(value) for value in step])
        found += [(max(number - 1, 0), event.tick) for event in events if event.kind == "on"]
    return found


def _by_prefixes(encoding: Encoding, steps: Steps, middle: int) -> tuple[int, int]:
    """`strains` from what ever more of the steps decode to, in a few tries."""
    sizes = range(len(steps) - (len(steps) > 0 and int(steps[-1, 0]) == END))

    def sounds(tick: int, count: int) -> bool:
        notes = decode(encoding, steps[: count + 1]).notes
        return bool((notes["onset"] >= tick).any())

    first, second = (bisect_left(sizes, True, key=partial(sounds, tick)) for tick in (0, middle))
    if first == len(sizes):
        return 0, 0
    return max(first - 1, 0), max(min(second, len(sizes) - 1) - 1, 0)


def second_strain(score: Score) -> int:
    """The tick at which the second strain begins."""
    inside = [mark for mark in score.marks if score.end / 4 <= mark.tick <= 3 * score.end / 4]
    for wanted in ("repeat_start", "repeat_end", "barline"):
        for mark in inside:  # in order of time
            if mark.kind == wanted and (wanted != "barline" or mark.text in _DOUBLE):
                return mark.tick
    bars = bar_starts(score)
    return int(bars[np.abs(bars - score.end / 2).argmin()])


def remembered(
    models: Mapping[str, Any],
    pieces: Sequence[Steps],
    encoding: Encoding,
    *,
    fitted_on: Sequence[Steps] | None = None,
    contexts: Sequence[int] = CONTEXTS,
) -> dict[str, Remembered]:
    """Name -> Remembered of each of `models`, on the same pieces.

    A model with weights (the n-gram) has them fitted for every context: on `fitted_on`, or where that is None on
    the half of the pieces that it does not price.
    """
    ends = [strains(encoding, piece) for piece in pieces]
    longest = max((len(piece) for piece in pieces), default=0)
    asked = [size for size in contexts if size < longest]
    out = {}
    for name, model in models.items():
        whole = _fitted_prices(model, pieces, None, fitted_on)
        seen = {str(size): _fitted_prices(model, pieces, size, fitted_on) for size in asked} | {WHOLE: whole}
        out[name] = Remembered(
            len(pieces),
            by_place(whole),
            {context: mean_of(nats) for context, nats in seen.items()},
            strain_gain(whole, ends),
            sum(map(len, whole)),
            _overlong(seen),
        )
    return out


def _overlong(seen: Mapping[str, Sequence[Nats]]) -> Estimate:
    """What the whole piece costs more than the best context, on the same steps."""
    means = {context: mean_of(nats).value for context, nats in seen.items()}
    best = seen[min(means, key=means.__getitem__)]
    return mean_of([whole - one for whole, one in zip(seen[WHOLE], best, strict=True)])


def _fitted_prices(
    model: Any, pieces: Sequence[Steps], visible: int | None, fitted_on: Sequence[Steps] | None
) -> list[Nats]:
    """`prices` under a model whose weights, if it has any, were not fitted on the piece that is priced."""
    protocol = Protocol("full" if visible is None else "context", visible or 0)
    if not hasattr(model, "tuned"):
        return prices(model, pieces, visible)
    if fitted_on is not None:
        return prices(tuned({"": model}, fitted_on, protocol)[""], pieces, visible)
    halves = pieces[0::2], pieces[1::2]
    found = [
        prices(tuned({"": model}, other or own, protocol)[""], own, visible)
        for own, other in (halves, halves[::-1])
    ]
    return [found[number % 2][number // 2] for number in range(len(pieces))]


def _sums(parts: Sequence[Nats]) -> tuple[Nats, Nats]:
    return np.array([part.sum() for part in parts]), np.array([len(part) for part in parts], np.float64)


def _drawn(figure: Any, pieces: int, seed: int) -> Estimate:
    """The Estimate of `figure(how often each piece counts, float64[draws, pieces])`."""
    if not pieces:
        return UNKNOWN
    value = float(figure(np.ones((1, pieces)))[0])
    if pieces < 2:
        return Estimate(value, math.nan, math.nan)
    each = np.random.default_rng(seed).multinomial(pieces, np.full(pieces, 1 / pieces), _DRAWS).astype(np.float64)
    low, high = np.quantile(figure(each), [0.025, 0.975])
    return Estimate(value, float(low), float(high))
