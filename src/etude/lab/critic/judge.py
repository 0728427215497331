"""A trained critic of whole pieces: a chance of being real for every Score, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from etude.engine.critic import ExportedCritic, load_critic
from etude.errors import BadInput, Reason
from etude.evaluation.logistic import sigmoid
from etude.lab.critic.hearing import NAMES, SIZES, Ears, Steps
from etude.score import Score

LEAST = 4  # notes that a piece must have to be judged
CRITICS = Path("critics")  # where `etude critic train` puts critics when no --out is given


class Logits(Protocol):
    """What tells the logits of segments: an exported critic, or one that is being trained."""

    def logits(self, segments: Sequence[Steps]) -> NDArray[np.float64]:
        """Float64[N] of int32[T, K] each."""


@dataclass(frozen=True)
class PieceJudge:
    """A critic with its ears and its scale: p(real) = sigmoid(slope * mean logit of the parts + bias)."""

    critic: Logits
    ears: Ears
    slope: float = 1.0
    bias: float = 0.0
    name: str = "critic"

    def raw(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Float64[P]: the mean logit of each piece's parts, before the scale."""
        return self.heard([self.ears.steps(score) for score in scores])

    def heard(self, pieces: Sequence[Steps]) -> NDArray[np.float64]:
        """`raw` of pieces that were heard already."""
        parts = [self.ears.parts(piece) for piece in pieces]
        found = self.critic.logits([part for own in parts for part in own])
        ends = np.cumsum([len(own) for own in parts]).tolist()
        return np.array([found[end - len(own) : end].mean() for own, end in zip(parts, ends)], np.float64)

    def logits(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Float64[P]: the logit of the chance that each piece is real; -inf of one with too few notes to judge."""
        found = self.slope * self.raw(scores) + self.bias
        return np.where([len(score) >= LEAST for score in scores], found, -np.inf)

    def chances(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Float64[P]: the chance that each piece is real."""
        return sigmoid(self.logits(scores))


def load_judge(folder: str | Path | None = None) -> PieceJudge:
    """The critic in `folder`; without one, the newest in ./critics. Raises BadInput when there is none."""
    path = Path(folder) if folder is not None else newest()
    critic = load_critic(path)
    return judge_of(critic, str(path))


def judge_of(critic: ExportedCritic, name: str) -> PieceJudge:
    """The judge of an exported critic. Raises BadInput when it hears otherwise than this version does."""
    page: Any = critic.manifest
    if list(page.get("fields", ())) != list(NAMES) or critic.field_sizes != SIZES:
        raise BadInput(
            f"{name} was trained to hear other things than this version hears: train it again.", Reason.UNSUPPORTED
        )
    slope, bias = map(float, page["scale"])
    return PieceJudge(critic, Ears(**page["ears"]), slope, bias, name)


def newest() -> Path:
    """The newest critic in ./critics. Raises BadInput when there is none."""
    found = sorted(CRITICS.glob("*/critic.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BadInput(
            f"No critic was named and ./{CRITICS} has none. Train one: etude critic train COLLECTION",
            Reason.UNREADABLE,
        )
    return found[-1].parent
