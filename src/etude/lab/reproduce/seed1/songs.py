"""Tunes that the models make: are they right, do they copy, how does that hang on temperature?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.files import write_atomically
from etude.formats.abc import check_tune
from etude.lab.composing import compose
from etude.lab.plots import quality_against_diversity
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed1.arms import MASKED
from etude.lab.sweep import PROMPTS, TEMPERATURES, Judges, Point, keeper, real_point, sweep

if TYPE_CHECKING:
    from etude.evaluation import Validity

CANDIDATES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
CUT = 2000  # characters of a tune under the mask, at most
NEAR = 0.02  # share of tunes that generated ones may be below real ones
CHOOSING, JUDGED = 10_000, 20_000  # seeds: what a temperature is chosen by is not what it is judged by


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


@dataclass(frozen=True)
class Rightness:
    """Shares of right tunes: real ones on validation and test, drawn freely, and drawn under the mask."""

    temperature: float
    tried: dict[str, float]  # temperature -> share right of the tunes it was chosen by
    shares: dict[str, dict[str, float]]  # whose tunes -> the shares of a Validity

    def gap(self) -> float:
        """How far free tunes are below real test tunes, as a share."""
        return self.shares["real, test"]["both"] - self.shares["drawn freely"]["both"]


def rightness(bench: Bench, arm: str, counts: Counts) -> Rightness:
    """Free tunes at a temperature chosen on others, and masked ones, beside real tunes; kept."""

    def make() -> dict[str, Any]:
        real = {side: _real(bench, arm, side) for side in ("valid", "test")}
        tried = {heat: _free(bench, arm, heat, counts.choosing, CHOOSING).both.value for heat in CANDIDATES}
        near = [heat for heat, share in tried.items() if share >= real["valid"].both.value - NEAR]
        heat = max(near) if near else max(tried, key=lambda one: tried[one])
        found = {f"real, {side}": one for side, one in real.items()}
        found["drawn freely"] = _free(bench, arm, heat, counts.judged, JUDGED)
        if bench.trained(MASKED):
            found["drawn under the mask"] = _masked(bench, counts.judged)
        return {
            "temperature": heat,
            "tried": {str(one): share for one, share in tried.items()},
            "shares": {name: _shares(one) for name, one in found.items()},
        }

    arms = [arm, MASKED] if bench.trained(MASKED) else [arm]
    return Rightness(**bench.once(f"{arm}-rightness", make, arms=arms))


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


def _shares(found: Validity) -> dict[str, float]:
    low, high = found.both.interval
    return {**found.as_json(), "low": low, "high": high}


def rightness_table(found: Rightness) -> Table:
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


def sentences(found: Rightness, swept: Sequence[Point]) -> Iterator[str]:
    """Whether free tunes are as right as real ones, and what temperature does."""
    gap = found.gap()
    verdict = "reached" if gap <= NEAR else "missed"
    free = found.shares["drawn freely"]
    yield (
        f"Drawn freely at temperature {found.temperature:g}, {free['both']:.1%} of the tunes have right syntax and "
        f"bars ({free['low']:.1%} to {free['high']:.1%}), real test tunes "
        f"{found.shares['real, test']['both']:.1%}: {abs(gap) * 100:.1f} points {'below' if gap > 0 else 'above'}. "
        f"The goal of at most {NEAR * 100:g} points below is {verdict}."
    )
    if masked := found.shares.get("drawn under the mask"):
        yield f"Under the mask {masked['both']:.1%} of {masked['tunes']} tunes are right."
    real = swept[-1]
    nearest = min(swept[:-1], key=lambda point: abs(point.variety - real.variety))
    yield (
        f"Of the temperatures tried with prompts, {nearest.temperature:g} makes tunes about as varied as real ones "
        f"(self-similarity {nearest.measures['self_similarity']:.3f} and {real.measures['self_similarity']:.3f}); "
        f"{nearest.measures['copied_share']:.1%} of their notes stand in passages of twelve or more that the "
        f"training tunes have, of real test tunes' notes {real.measures['copied_share']:.1%}."
    )
