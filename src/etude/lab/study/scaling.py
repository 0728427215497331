"""How bits per note fall with more parameters and with more music, and which of the two to buy next.

Source: the form of the laws, a floor and a power of the size: Hestness et al., "Deep learning scaling is
predictable, empirically" (2017); Hoffmann et al., "Training compute-optimal large language models" (2022).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import UsageError
from etude.evaluation.intervals import Interval, over_seeds
from etude.lab.material import Material
from etude.lab.recipe import load_recipe
from etude.lab.study.plan import BASELINE, Factor, Plan
from etude.lab.study.study import Study

WIDTHS = (0.33, 0.5, 0.71)  # of the baseline's own, which is the fourth
SHARES = (8, 4, 2)  # parts of the training side, beside all of it
EXPONENTS = np.arange(0.02, 2.001, 0.02)
DATA, WIDTH = "data.pieces", "model.width"

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """Bits per note = floor + scale * size ** -exponent."""

    floor: float
    scale: float
    exponent: float

    def __call__(self, size: float) -> float:
        """Bits per note at a size."""
        return float(self.floor + self.scale * size**-self.exponent)

    @classmethod
    def fitted(cls, sizes: Numbers, bits: Numbers) -> Law:
        """The law with the least squares among those that fall to a floor of 0 or more. At least 3 sizes."""
        best, least = cls(float(bits.mean()), 0.0, 1.0), math.inf
        for exponent in EXPONENTS:
            powers = sizes**-exponent
            scale = max(0.0, float(np.cov(powers, bits, bias=True)[0, 1] / max(powers.var(), 1e-30)))
            floor = float(bits.mean() - scale * powers.mean())
            if floor < 0:
                floor, scale = 0.0, float((powers * bits).sum() / (powers**2).sum())
            error = float(((floor + scale * powers - bits) ** 2).sum())
            if error < least - 1e-15:
                best, least = cls(floor, scale, float(exponent)), error
        return best


@dataclass(frozen=True)
class Axis:
    """One thing that was made larger: its sizes, what each seed paid at each, and the law through the means."""

    name: str
    sizes: Numbers  # [P], the smallest first
    bits: Numbers  # [seeds, P]
    law: Law

    @property
    def doubled(self) -> Interval:
        """What doubling the largest size would change, bits a note, over the seeds' own laws."""
        return over_seeds([_gain(self.sizes, row) for row in self.bits])

    @property
    def sentence(self) -> str:
        """What it says, in words."""
        law = self.law
        told = f"{self.name}: {law.floor:.2f} + {law.scale:.3g} * size^-{law.exponent:.2f} bits/note"
        return f"{told}; twice as many would change them by {self.doubled}."


def _gain(sizes: Numbers, bits: Numbers) -> float:
    law = Law.fitted(sizes, bits)
    return law(2 * float(sizes[-1])) - law(float(sizes[-1]))


def scaling_plan(plan: Plan) -> Plan:
    """The plan with four widths and four shares of the music. Raises UsageError for a baseline with a share."""
    recipe = load_recipe(plan.recipe, plan.settings, {"data": {"collection": plan.data}} if plan.data else None)
    if recipe.data.pieces:
        raise UsageError("--scaling takes shares of all the music: leave data.pieces out.")
    there = len(Material.of(recipe.data, recipe.build_encoding()).collection.pieces("train"))
    shares = tuple(str(max(1, there // part)) for part in SHARES)
    factors = [Factor(DATA, tuple(dict.fromkeys(shares)), expected="higher")]
    if not recipe.is_counted:
        config = recipe.model_config()
        step = config.heads if config.kind == "transformer" else 1
        widths = tuple(str(max(1, round(config.width * share / step)) * step) for share in WIDTHS)
        factors.insert(0, Factor(WIDTH, tuple(dict.fromkeys(widths)), expected="higher"))
    known = {one.key for one in plan.factors}
    return replace(plan, factors=(*plan.factors, *(one for one in factors if one.key not in known)))


def axes_of(study: Study) -> list[Axis]:
    """An Axis for the width, counted in parameters, and one for the pieces; those with 3 sizes or more."""
    found = [_axis(study, "parameters", WIDTH, _parameters), _axis(study, "pieces", DATA, _pieces)]
    return [axis for axis in found if axis is not None]


def _parameters(study: Study, arm: str, settings: Mapping[str, Any]) -> float:
    mean = study.columns.mean(arm, "parameters")
    return math.nan if mean is None else mean.mean


def _pieces(study: Study, arm: str, settings: Mapping[str, Any]) -> float:
    return float(settings[DATA]) if settings.get(DATA) else _all_pieces(study)


def _all_pieces(study: Study) -> float:
    """How many pieces the baseline learned from."""
    from etude.lab.run import Run

    row = next(row for row in study.rows if row.arm == BASELINE and row.state == "done")
    learned = Run(study.folder / row.run).read_json("split.json")["learned"]
    return float(learned if isinstance(learned, int) else len(learned))


def _axis(study: Study, name: str, key: str, size: Any) -> Axis | None:
    arms = [BASELINE, *(one.name for one in study.checked.variants if list(one.changes) == [key])]
    columns = {arm: study.columns.of(arm, "bits_per_note") for arm in arms}
    whole = [arm for arm in arms if not np.isnan(columns[arm]).any()]
    if len(whole) < 3:
        return None
    pairs = sorted((size(study, arm, study.checked.settings[arm]), arm) for arm in whole)
    sizes = np.array([one for one, _ in pairs], np.float64)
    bits = np.array([columns[arm] for _, arm in pairs], np.float64).T
    return Axis(name, sizes, bits, Law.fitted(sizes, bits.mean(axis=0)))


def advice(axes: Sequence[Axis]) -> str:
    """Which of the sizes to double next, in words."""
    if not axes:
        return "Too few sizes are done to say what to make larger."
    gains = {axis.name: axis.doubled for axis in axes}
    name, gain = min(gains.items(), key=lambda item: item[1].mean)
    told = ", ".join(f"twice the {one} {found.mean:+.3f} bits/note" for one, found in gains.items())
    if not gain.mean < 0 or gain.verdict == "no evidence":
        return f"No size is known to help: {told}. Spend the budget on more updates or other settings."
    return f"Next, double the {name}: {told}. Twice the parameters take twice the time; more pieces take none."


def scaled_rows(axes: Sequence[Axis]) -> list[tuple[Any, ...]]:
    """The points of all axes with their laws: what, size, bits a note, what the law says."""
    return [
        (axis.name, int(size), str(over_seeds(axis.bits[:, place].tolist())), axis.law(float(size)))
        for axis in axes
        for place, size in enumerate(axis.sizes)
    ]
