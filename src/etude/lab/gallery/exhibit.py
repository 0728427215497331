"""What a gallery shows of one model: its pieces by random numbers 0, 1, 2 ..., with all that is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite, log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput, EtudeError
from etude.lab.composing import Piece, Wish, pieces
from etude.lab.findings.music import BAND, FEW_REAL
from etude.lab.loading import Loaded
from etude.lab.material import Material

if TYPE_CHECKING:
    from etude.lab.critic.judge import PieceJudge

Band = Mapping[str, tuple[float, float]]  # measure -> where nine of ten real pieces lie


@dataclass(frozen=True)
class Shown:
    """One piece and what was measured of it."""

    piece: Piece
    measures: Mapping[str, float]  # those that are defined for it
    critic: float | None  # the chance of being real; None where nobody judged it

    @property
    def stem(self) -> str:
        """The name of its files without suffix: its random number."""
        return f"{self.piece.seed:02d}"

    @property
    def bits_per_note(self) -> float | None:
        """What the piece costs its own model, in bits a note; None without notes."""
        notes = len(self.piece.score)
        return -self.piece.log_likelihood / log(2) / notes if notes else None

    def outside(self, band: Band) -> list[str]:
        """The measures in which it lies where at most one of twenty real pieces does, below or above."""
        return [name for name, (low, high) in band.items() if not low <= self.measures.get(name, low) <= high]

    def answer(self) -> dict[str, Any]:
        """All of it as JSON holds it; paths are left to whoever wrote the files."""
        told = self.piece.answer()
        return {
            **{key: told[key] for key in told if key not in ("path", "paths")},
            "critic": self.critic,
            "bits_per_note": self.bits_per_note,
            "measures": dict(self.measures),
        }


@dataclass(frozen=True)
class Exhibit:
    """One model, what it composed, and what that is held against."""

    name: str
    loaded: Loaded
    shown: Sequence[Shown]
    band: Band  # empty where no real music is at hand
    beside: str  # what the band was measured on, or why there is none
    critic: str  # what judged the pieces, or why nobody did

    def answer(self) -> dict[str, Any]:
        """Everything that the page is made of, but for the files."""
        return {
            "model": self.loaded.name,
            "sha256": self.loaded.sha256,
            "collection": self.loaded.metadata.get("collection", ""),
            "licence": self.loaded.metadata.get("licence", ""),
            "settings": settings_of(self.loaded),
            "beside": self.beside,
            "critic": self.critic,
            "band": {name: list(ends) for name, ends in self.band.items()},
            "pieces": [one.answer() for one in self.shown],
        }


def exhibit(loaded: Loaded, count: int, judge: PieceJudge | str, collections: Sequence[str] = ()) -> Exhibit:
    """The pieces that `loaded` makes of the random numbers 0 to `count` - 1, none left out, none made twice.

    `judge` is who judges them, or why nobody does; `collections` may hold the real music to stand beside them.
    """
    from etude.evaluation import measure

    made = [piece for seed in range(count) for piece in pieces(loaded, Wish(seed=seed))]
    scores = [piece.score for piece in made]
    columns = measure(scores)
    chances = judged(judge if not isinstance(judge, str) else None, made)
    shown = [
        Shown(piece, {key: float(c[at]) for key, c in columns.items() if isfinite(c[at])}, chances[at])
        for at, piece in enumerate(made)
    ]
    band, beside = real_band(loaded, collections)
    return Exhibit(name_of(loaded), loaded, shown, band, beside, judge if isinstance(judge, str) else judge.name)


def judged(judge: PieceJudge | None, made: Sequence[Piece]) -> list[float | None]:
    """The chance of being real of each piece; None of all without a judge, and of one with too few notes."""
    from etude.evaluation.logistic import sigmoid

    if judge is None or not made:
        return [None] * len(made)
    logits = judge.logits([piece.score for piece in made])
    return [float(chance) if np.isfinite(logit) else None for chance, logit in zip(sigmoid(logits), logits)]


def real_band(loaded: Loaded, collections: Sequence[str]) -> tuple[Band, str]:
    """(the band of each measure, what it was measured on); ({}, why) where real music is not at hand."""
    own = str(loaded.metadata.get("collection", ""))
    data = next((one for one in collections if Path(one).name.partition(".")[0] == own), None)
    from etude.evaluation import measure
    from etude.lab.sampled import real_scores

    try:
        material = material_of(loaded, data)
        columns = measure(real_scores(loaded, material))
    except EtudeError as error:
        return {}, f"none. {error}"
    found = {}
    for name, column in columns.items():
        known = column[np.isfinite(column)]
        if len(known) >= FEW_REAL:
            low, high = np.quantile(known, BAND).tolist()
            found[name] = (low, high)
    return found, f"'{material.collection.name}', held-out pieces first, through the model's encoding."


def material_of(loaded: Loaded, data: str | None = None) -> Material:
    """The music a model learned from, by its own account or called `data`.

    Raises EtudeError where that is not at hand.
    """
    from etude.lab.evaluating import data_of

    if data is not None or loaded.run is not None:
        return Material.of(data_of(loaded, data), loaded.encoding)
    own = str(loaded.metadata.get("collection") or "") or None
    try:
        return Material.of(data_of(loaded, own), loaded.encoding)
    except BadInput as error:
        raise BadInput(
            f"{loaded.name} learned from '{own}', which is not here: name it with --data.", error.reason
        ) from error


def settings_of(loaded: Loaded) -> dict[str, Any]:
    """The settings a model composes with, those that differ from drawing it as it is."""
    from etude.sampling import Sampling

    plain = asdict(Sampling())
    return {name: value for name, value in asdict(loaded.sampling).items() if value != plain[name]}


def name_of(loaded: Loaded) -> str:
    """What a model's page and folder are called."""
    return Path(loaded.name).stem
