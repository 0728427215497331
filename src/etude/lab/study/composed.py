"""What composed pieces are like, in figures: the outcomes of drawing, and of training where asked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.config import parse_value
from etude.errors import EtudeError
from etude.files import write_atomically
from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.lab.recipe import sampling_from

if TYPE_CHECKING:
    from etude.score import Score

PIECES = 8  # of each run
KEPT = "composed.json"

Columns = Mapping[str, NDArray[np.float64]]  # metric -> [pieces]


def sampling_changes(loaded: Loaded, changes: Mapping[str, str]) -> dict[str, Any]:
    """The sampling settings that an arm changes, checked. Raises UsageError for an unknown one or a wrong value."""
    told = {
        key.removeprefix("sampling."): parse_value(value)
        for key, value in changes.items()
        if key.startswith("sampling.")
    }
    checked = sampling_from({**vars(loaded.sampling), **told})
    return {name: getattr(checked, name) for name in told}


def composed_figures(
    loaded: Loaded, changes: Mapping[str, str], seed: int, folder: Path, real: Columns | None
) -> dict[str, float]:
    """The figures of PIECES pieces drawn with these changes and this seed, kept in `folder` with the pieces.

    They are the means of every measure, and "distance": how far those lie from the means of real pieces, in
    standard deviations of a real piece, averaged over the measures.
    """
    asked = {"model": loaded.sha256, "changes": dict(changes), "seed": seed, "real": real is not None}
    path = folder / KEPT
    if path.is_file():
        kept = json.loads(path.read_text("utf-8"))
        if kept["asked"] == asked:
            return {name: math.nan if value is None else value for name, value in kept["figures"].items()}
    figures = _figures(_drawn(loaded, changes, seed, folder / "samples"), real)
    plain = {name: None if math.isnan(value) else value for name, value in figures.items()}
    write_atomically(path, (json.dumps({"asked": asked, "figures": plain}, indent=1) + "\n").encode())
    return figures


def _drawn(loaded: Loaded, changes: Mapping[str, str], seed: int, place: Path) -> list[Score]:
    from etude.lab.composing import Wish, pieces
    from etude.lab.sampled import longest_sample

    wish = Wish(
        count=PIECES,
        seed=seed,
        steps=longest_sample(loaded),
        compared=False,
        sampling=sampling_changes(loaded, changes),
    )
    for old in place.glob("*.*"):
        old.unlink()
    prompt = changes.get("prompt") or None
    return [piece.score for piece in pieces(loaded, wish, prompt=prompt, out=place)]


def _figures(scores: Sequence[Score], real: Columns | None) -> dict[str, float]:
    from etude.evaluation import measure

    columns = measure(scores)
    means = {name: _mean(column) for name, column in columns.items()}
    return {"distance": distance(means, real) if real else math.nan, **means}


def _mean(column: NDArray[np.float64]) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else math.nan


def distance(means: Mapping[str, float], real: Columns) -> float:
    """How far means lie from those of real pieces, in the latter's standard deviations, averaged over measures.

    Measures that are not defined, or the same for all real pieces, are left out; NaN where none is left. The
    standardised mean difference of Cohen, "Statistical Power Analysis" (1988), chapter 2, one a measure.
    """
    apart = []
    for name, mean in means.items():
        known = real[name][~np.isnan(real[name])]
        if len(known) > 2 and known.std() > 0 and not math.isnan(mean):
            apart.append(abs(mean - float(known.mean())) / float(known.std(ddof=1)))
    return float(np.mean(apart)) if apart else math.nan


def real_columns(loaded: Loaded, split: str = "valid") -> Columns | None:
    """The measures of real pieces as the model hears them; None where its collection is not at hand."""
    from etude.evaluation import measure
    from etude.lab.evaluating import data_of
    from etude.lab.sampled import real_scores

    try:
        return measure(real_scores(loaded, Material.of(data_of(loaded, None), loaded.encoding), split))
    except EtudeError:
        return None
