"""Training of a critic of whole pieces, from pools of music to a judge with a scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.judging import area_under_curve
from etude.evaluation.logistic import Logistic
from etude.lab.critic.hearing import NAMES, SIZES, Steps
from etude.lab.critic.judge import PieceJudge
from etude.lab.critic.pool import Pool
from etude.score import Score

if TYPE_CHECKING:
    from etude.engine.critic import ExportedCritic
    from etude.models.critic import Critic, CriticConfig
    from etude.training.critic import Course, CriticTraining, Examples

Say = Callable[[str], None]
Lesson = Callable[[int], "Examples"]  # an epoch's


@dataclass(frozen=True)
class CriticSettings:
    """A critic's network, how long it learns (by the clock on the wall), and from how much."""

    width: int = 64
    layers: int = 5
    lags: int = 6
    dropout: float = 0.1
    learning_rate: float = 3e-3
    epochs: int = 60
    patience: int = 20
    minutes: float = 20.0
    per_epoch: int = 1500  # pieces, each beside bad music
    composed: int = 300  # pieces of each weaker model to learn from
    held_out: int = 60  # more of them for validation, and for the test
    valid: int = 200  # validation pieces at most
    examined: int = 0  # test pieces at most; 0: all
    seed: int = 0

    def config(self) -> CriticConfig:
        """The shape of the network."""
        from etude.models.critic import CriticConfig

        return CriticConfig(self.width, self.layers, self.lags, self.dropout, places=True)

    def training(self) -> CriticTraining:
        """How it learns."""
        from etude.training.critic import CriticTraining

        return CriticTraining(
            epochs=self.epochs,
            patience=self.patience,
            learning_rate=self.learning_rate,
            seconds=60 * self.minutes,
            by_time=True,
            seed=self.seed,
        )


@dataclass(frozen=True)
class Learning:
    """A critic in torch, asked for logits as an exported one is."""

    critic: Critic = field(repr=False)

    def logits(self, segments: Sequence[Steps]) -> NDArray[np.float64]:
        """Float64[N] of int32[T, K] each."""
        from etude.training.critic import logits

        return logits(self.critic, segments)

    def exported(self, manifest: dict[str, Any]) -> ExportedCritic:
        """The same critic without torch."""
        from etude.engine.critic import ExportedCritic

        config = self.critic.config
        weights = {name: value.detach().numpy() for name, value in self.critic.state_dict().items()}
        shape = {name: getattr(config, name) for name in ("width", "layers", "lags", "places")}
        return ExportedCritic(weights, {"field_sizes": SIZES, "fields": NAMES, "shape": shape, **manifest})


def schooled(
    lessons: Lesson, held_out: Lesson, settings: CriticSettings, say: Say, start: ExportedCritic | None = None
) -> tuple[Learning, Course]:
    """A critic trained on `lessons`; the epoch with the largest area on `held_out` is kept.

    `start` gives the first weights in place of chance.
    """
    import torch

    from etude.models.critic import Critic
    from etude.training.critic import fit_critic

    torch.manual_seed(settings.seed)
    critic = Critic(settings.config(), SIZES)
    if start is not None:
        critic.load_state_dict({name: torch.tensor(value) for name, value in start.weights.items()})
    examples = held_out(0)
    epochs = iter(range(1, settings.epochs + 1))

    def area(chances: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
        found = area_under_curve(chances, labels)
        say(f"epoch {next(epochs)} of {settings.epochs}: area {found:.3f} on validation")
        return found

    course = fit_critic(critic, lessons, examples, area, settings.training())
    return Learning(critic), course


def scaled(judge: PieceJudge, raw: NDArray[np.float64], labels: NDArray[np.bool_]) -> PieceJudge:
    """The judge with the scale that makes its chances those of held-out music; both classes equally likely.

    `raw` are its logits before the scale. Source: Platt, "Probabilistic outputs for support vector machines"
    (1999).
    """
    fitted = Logistic.fit(raw[:, None], labels, ridge=1e-3)
    slope = float(fitted.weights[0] / fitted.spread[0])
    bias = float(fitted.weights[-1] - slope * fitted.middle[0])
    return PieceJudge(judge.critic, judge.ears, max(slope, 1e-6), bias, judge.name)


def mixed(pool: Pool, times: int, seed: int) -> tuple[list[Score], list[str]]:
    """(bad pieces, the name of the piece that each stands beside), `times` for each piece, as they are taught."""
    random = np.random.default_rng(seed)
    scores, names = [], []
    for _ in range(times):
        for number, name in enumerate(pool.names):
            scores.append(pool.bad(pool.real(number, random), random).score)
            names.append(name)
    return scores, names
