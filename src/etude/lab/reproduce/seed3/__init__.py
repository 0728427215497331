"""Seed 3: a composer of piano events and a critic; its three figures, what they are, what stands in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from etude.lab.reproduce.base import Arm, Report
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed3 import composers, critics, original, stages
from etude.lab.reproduce.seed3.sizes import MINIATURE, Sizes

HOUR = 60.0  # minutes of the composer on two threads
UNHEARD, HEARD = "a critic that has heard no model", "a critic that has learned from the composer"
MINIATURE_BELOW = 0.02  # of the full budget
PROTOCOL = (
    "MAESTRO v2.0.0 in place of the original's v1.0.0, official split by pieces; composers priced on whole pieces; "
    "critics on passages of held-out pieces, every passage through the same alphabet of times and loudnesses; "
    "intervals by drawing pieces again"
)


@dataclass(frozen=True)
class ComposerCritic:
    """The reproduction; `sizes` None means: full, or a miniature when next to no time is given."""

    sizes: Sizes | None = None
    shares: tuple[int, ...] = (2, 20, 100)  # of the hour, in percent: the stages
    original_minutes: float = 10.0  # of the original's LSTM; 0 leaves it out
    settings: tuple[str, ...] = ()  # of every arm, for tests
    formats: tuple[str, ...] = field(default=("mid", "wav"))

    name = "seed3-composer-critic"
    purpose = (
        "A composer of piano events and a critic of it: an original whose critic scored 75.44 %, whose composer "
        "cost 3.34 nats an event, and whose 50 pieces scored 0.514; what these figures are and what can be reached."
    )
    data = ("maestro-v2-notes",)

    @property
    def stages(self) -> list[str]:
        """The composer's arms, the shortest training first; the last is "composer" itself."""
        return [f"composer-{share}" for share in self.shares[:-1]] + ["composer"]

    def arms(self) -> Sequence[Arm]:
        """The composer after each share of its hour, with a schedule of its own each, and the original's LSTM."""
        arms = [
            self._arm(name, "seed3-composer", f"transformer, {share} % of an hour", HOUR * share / 100)
            for name, share in zip(self.stages, self.shares, strict=True)
        ]
        if self.original_minutes:
            what = f"the original's LSTM 2 x 512, {self.original_minutes:g} minutes"
            arms.append(self._arm("original", "seed3-original", what, self.original_minutes))
        return arms

    def _arm(self, name: str, recipe: str, what: str, minutes: float) -> Arm:
        return Arm(name, recipe, what, minutes, settings=self.settings, threads=2)

    def report(self, bench: Bench) -> Report:
        """The original's figures, the task as it was, the composers, hard negatives, and scores by stage."""
        sizes = self.sizes or (MINIATURE if bench.factor < MINIATURE_BELOW else Sizes())
        first, task = original.originally(bench, sizes), original.ours(bench, sizes)
        prices = composers.likelihoods(bench, self.arms(), sizes.priced)
        pieces = stages.groups(bench, self.stages, sizes)
        found = bench.once("critics", lambda: _critics(bench, sizes, pieces), arms=self.stages, sizes=sizes)
        rises = {name: stages.rises(one["scores"], self.stages) for name, one in found.items()}
        both = found[UNHEARD]["figures"], found[HEARD]["figures"]
        what = {stage: bench.arms[stage].what for stage in self.stages}
        return Report(
            figures={
                "original": first,
                "task": task,
                "composers": {
                    name: {side: one.as_json() for side, one in own.items()} for name, own in prices.items()
                },
                "critics": {name: one["figures"] for name, one in found.items()},
                "stages": {name: stages.as_json(one["scores"], rises[name]) for name, one in found.items()},
            },
            baselines={**original.baselines(first, task), **composers.baselines(prices)},
            protocol=PROTOCOL,
            tables=[
                *original.tables(first, task),
                composers.table(bench, prices),
                critics.table(*both),
                *(stages.table(f"Scores by {name}", one["scores"], what) for name, one in found.items()),
            ],
            sentences=[
                *original.sentences(first, task),
                *composers.sentences(prices),
                *critics.sentences(*both),
                *(stages.sentence(name, steps) for name, steps in rises.items()),
            ],
            files=stages.listening(bench, pieces, self.formats),
        )


def _critics(bench: Bench, sizes: Sizes, pieces: dict[str, Any]) -> dict[str, Any]:
    """Critic -> its figures on wrong music and its scores of every group of pieces."""
    both = critics.Critics(bench, sizes)
    last = pieces["composer"]
    more = stages.composed(bench, "composer", sizes.learned, sizes.steps, seed=1)
    judges = {UNHEARD: both.of(UNHEARD), HEARD: both.of(HEARD, more)}
    return {
        name: {"figures": both.figures(judge, last), "scores": stages.scored(judge, pieces)}
        for name, judge in judges.items()
    }


REPRODUCTION = ComposerCritic()
