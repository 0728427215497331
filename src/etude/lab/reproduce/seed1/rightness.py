"""Tunes drawn freely and under the mask: how many have right syntax and bars, beside real ones?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from etude.encodings import is_lawful
from etude.encodings.abc.book import book_text
from etude.formats.abc import TuneCheck, check_tune
from etude.lab.composing import compose
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed1.arms import MASKED, TOKENS
from etude.lab.reproduce.seed1.songs import Counts

if TYPE_CHECKING:
    from etude.evaluation import Validity
    from etude.score import Score

CANDIDATES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
CUT = 2000  # steps of a tune, at most
NEAR = 0.02  # share of tunes that generated ones may be below real ones
FREE, UNDER_MASK = "drawn freely", "drawn under the mask"
FREE_TOKENS = "tokens drawn freely at"
CHOOSING, JUDGED = 10_000, 20_000  # seeds: what a temperature is chosen by is not what it is judged by


@dataclass(frozen=True)
class Rightness:
    """Shares of right tunes: real ones on validation and test, drawn freely, and drawn under the mask."""

    temperature: float
    tried: dict[str, float]  # temperature -> share right of the tunes it was chosen by
    shares: dict[str, dict[str, float]]  # whose tunes -> the shares of a Validity

    def gap(self, whose: str) -> float:
        """How far tunes are below real test tunes, as a share."""
        return self.shares["real, test"]["both"] - self.shares[whose]["both"]


def rightness(bench: Bench, arm: str, counts: Counts) -> Rightness:
    """Free tunes at a temperature chosen on others, and masked ones, beside real tunes; kept."""

    def make() -> dict[str, Any]:
        found = {f"real, {side}": _real(bench, arm, side) for side in ("valid", "test")}
        goal = found["real, valid"].both.value - NEAR
        heat, tried = _warmest(lambda one: _free(bench, arm, one, counts.choosing, CHOOSING), goal)
        found[FREE] = _free(bench, arm, heat, counts.judged, JUDGED)
        if bench.trained(MASKED):
            found[UNDER_MASK] = _masked(bench, counts.judged)
        if bench.trained(TOKENS):
            warm, _ = _warmest(lambda one: _tokens(bench, one, counts.choosing, CHOOSING), goal)
            found[f"{FREE_TOKENS} {warm:g}"] = _tokens(bench, warm, counts.judged, JUDGED)
        return {
            "temperature": heat,
            "tried": tried,
            "shares": {name: _shares(one) for name, one in found.items()},
        }

    arms = [arm, *(one for one in (MASKED, TOKENS) if bench.trained(one))]
    return Rightness(**bench.once(f"{arm}-rightness", make, arms=arms))


def _warmest(make: Callable[[float], Validity], goal: float) -> tuple[float, dict[str, float]]:
    """(the highest temperature whose tunes are as right as `goal`, or else the best; the share right of each)."""
    tried = {heat: make(heat).both.value for heat in CANDIDATES}
    near = [heat for heat, share in tried.items() if share >= goal]
    best = max(near) if near else max(tried, key=lambda one: tried[one])
    return best, {str(heat): share for heat, share in tried.items()}


def _real(bench: Bench, arm: str, side: str) -> Validity:
    from etude.evaluation import validity

    return validity(check_tune(piece.text) for piece in bench.material(arm).collection.pieces(side))


def _free(bench: Bench, arm: str, heat: float, count: int, seed: int) -> Validity:
    from etude.evaluation import validity

    bench.say(f"{arm}: {count} tunes at temperature {heat:g}")
    made = compose(bench.load(arm), count=count, temperatures=(heat,), seed=seed, sampling={"masked": False})
    return validity(check_tune(piece.text) for piece in made)


def _masked(bench: Bench, count: int) -> Validity:
    """The tunes under the mask that came to their end, as the text they are."""
    from etude.evaluation import validity
    from etude.sampling import Length, Sampling
    from etude.sampling import compose as draw

    loaded = bench.load(MASKED)
    encoding: Any = loaded.encoding
    made = (
        draw(loaded.stepper, encoding, sampling=Sampling(), seed=JUDGED + number, length=Length(steps=CUT))
        for number in range(count)
    )
    return validity(check_tune(encoding.to_text(one.steps)) for one in made if one.ended)


def _tokens(bench: Bench, heat: float, count: int, seed: int) -> Validity:
    """Tunes of tokens drawn without a mask: right where the grammar lets every token stand, and as text."""
    from etude.evaluation import validity
    from etude.sampling import Length, Sampling
    from etude.sampling import compose as draw

    loaded = bench.load(TOKENS)
    sampling = Sampling(temperature=heat, masked=False)
    bench.say(f"{TOKENS}: {count} tunes at temperature {heat:g}")
    made = (
        draw(loaded.stepper, loaded.encoding, sampling=sampling, seed=seed + number, length=Length(steps=CUT))
        for number in range(count)
    )
    return validity(_checked(one.score, is_lawful(loaded.encoding, one.steps) and one.ended) for one in made)


def _checked(score: Score, lawful: bool) -> TuneCheck:
    """The check of a tune as text, its syntax wrong where the grammar of its tokens was not obeyed."""
    if not len(score):
        return TuneCheck(False, 0, 0, ("no notes",))
    found = check_tune(book_text(score))
    return found if lawful else replace(found, syntax=False)


def _shares(found: Validity) -> dict[str, float]:
    low, high = found.both.interval
    return {**found.as_json(), "low": low, "high": high}


def table(found: Rightness) -> Table:
    """Shares of right tunes beside each other."""
    keys = ("tunes", "syntax", "bars", "both", "low", "high", "each_bar")
    rows = [(name, *(values[key] for key in keys)) for name, values in found.shares.items()]
    tried = ", ".join(f"{heat}: {share:.3f}" for heat, share in found.tried.items())
    note = (
        f"Low and high: Wilson's 95 % interval of both. Temperature {found.temperature:g} was chosen on other "
        f"tunes as the highest within {NEAR:g} of real validation tunes, or else the best ({tried}). Under "
        "the mask the temperature is 1, and tunes that were cut off are left out."
    )
    return Table("Right tunes", ("tunes of", "number", *keys[1:]), rows, note)


def sentences(found: Rightness) -> Iterator[str]:
    """Whether free tunes are as right as real ones."""
    for name, free in found.shares.items():
        if name == FREE or name.startswith(FREE_TOKENS):
            yield _verdict(name, free, found)
    if masked := found.shares.get(UNDER_MASK):
        yield f"Under the mask {masked['both']:.1%} of {masked['tunes']} tunes are right."


def _verdict(name: str, free: Mapping[str, float], found: Rightness) -> str:
    """Whether one kind of free tunes is as right as real ones."""
    gap = found.gap(name)
    heat = f" at temperature {found.temperature:g}" if name == FREE else ""
    return (
        f"{name.capitalize()}{heat}: {free['both']:.1%} of the tunes have right syntax and bars ({free['low']:.1%} "
        f"to {free['high']:.1%}), real test tunes {found.shares['real, test']['both']:.1%}: {abs(gap) * 100:.1f} "
        f"points {'below' if gap > 0 else 'above'}. The goal of at most {NEAR * 100:g} points below is "
        f"{'reached' if gap <= NEAR else 'missed'}."
    )
