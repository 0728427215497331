"""`etude critic train`: a collection in, a folder with a critic and its report card out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.engine.critic import save_critic
from etude.errors import BadInput, Reason
from etude.evaluation.judging import Bounded
from etude.lab.critic.card import Examiner, beside_measures, full, means
from etude.lab.critic.examples import Lessons
from etude.lab.critic.generators import SEEN, UNSEEN, Workshop, by_model
from etude.lab.critic.hearing import Ears, is_played
from etude.lab.critic.judge import PieceJudge, judge_of
from etude.lab.critic.leaks import leaks
from etude.lab.critic.pool import Pool
from etude.lab.critic.schooling import CriticSettings, Say, mixed, scaled, schooled
from etude.score import Score

if TYPE_CHECKING:
    from etude.data import Collection

SIDES = ("train", "valid", "test")
LOOKED_AT = 200  # pieces that tell whether a collection was played
SCALED = 4  # bad pieces for each validation piece that the scale is fitted to


@dataclass(frozen=True)
class Classroom:
    """The pools of a collection's sides and how its pieces are heard."""

    collection: Collection
    workshop: Workshop
    ears: Ears
    pools: dict[str, Pool]

    @classmethod
    def of(cls, collection: Collection, settings: CriticSettings, say: Say) -> Classroom:
        """The classroom of a collection. Raises BadInput when a side of it is empty."""
        for side in SIDES:
            if not collection.pieces(side):
                raise BadInput(
                    f"The collection {collection.name} has no piece on its '{side}' side: {len(collection)} pieces "
                    "are too few to hold some out. Add more music.",
                    Reason.EMPTY,
                )
        ears = Ears(is_played([piece.score for piece in collection.pieces("train")[:LOOKED_AT]]))
        workshop = Workshop.of(collection, ears.played)
        say(f"weaker models compose, in the encoding '{workshop.encoding.name}'")
        made = {
            one.name: workshop.composed(one, settings.composed + 2 * settings.held_out, settings.seed)
            for one in SEEN
        }
        most = {"train": 0, "valid": settings.valid, "test": settings.examined}
        pools = {
            side: Pool.of(collection, side, workshop, _of_side(made, settings.held_out, number), most[side])
            for number, side in enumerate(SIDES)
        }
        return cls(collection, workshop, ears, pools)


def _of_side(made: dict[str, list[Score]], held_out: int, number: int) -> dict[str, list[Score]]:
    """What each weaker model made for one side; the last two get `held_out` pieces each."""
    out = {}
    for name, pieces in made.items():
        learned = max(1, len(pieces) - 2 * held_out)
        rest = pieces[learned:]
        middle = len(rest) // 2
        out[name] = (pieces[:learned], rest[:middle], rest[middle:])[number]
    return {name: pieces for name, pieces in out.items() if pieces}


def train_critic(
    collection: Collection,
    out: Path,
    settings: CriticSettings,
    *,
    models: Sequence[str] = (),
    say: Say = lambda text: None,
) -> dict[str, Any]:
    """Trains a critic, writes it to `out` and gives its report card: the keys of `etude critic train --json`.

    `models` are trained models whose music the critic is examined with and never learns from.
    """
    started = time.perf_counter()
    room = Classroom.of(collection, settings, say)
    lessons = Lessons(room.pools["train"], room.ears, settings.per_epoch, settings.seed)
    valid = room.pools["valid"]
    learning, course = schooled(
        lessons, Lessons(valid, room.ears, 2 * len(valid), settings.seed + 1), settings, say
    )
    judge = _on_scale(PieceJudge(learning, room.ears), valid, settings.seed)
    manifest = {
        "ears": asdict(room.ears),
        "scale": [judge.slope, judge.bias],
        "collection": collection.name,
        "content": collection.content,
        "licence": collection.licence,
        "encoding": {"name": room.workshop.encoding.name, **room.workshop.encoding.settings},
        "settings": asdict(settings),
        "course": {"areas": list(course.figures), "best": course.best, "seconds": course.seconds},
        "parameters": sum(weight.size for weight in learning.exported({}).weights.values()),
    }
    critic = learning.exported(manifest)
    save_critic(critic.weights, critic.manifest, out)  # whoever stops the examination keeps the critic
    trained = time.perf_counter()
    card = report_card(judge_of(critic, str(out)), room, settings, models, say)
    card["seconds"] = {"training": trained - started, "examination": time.perf_counter() - trained}
    save_critic(critic.weights, {**critic.manifest, "card": card}, out)
    return {"critic": str(out), "parameters": manifest["parameters"], **answer(card), "card": card}


def _on_scale(judge: PieceJudge, valid: Pool, seed: int) -> PieceJudge:
    """The judge whose figures are chances, by the pieces of the validation side and SCALED bad ones for each."""
    bad, _ = mixed(valid, SCALED, seed)
    raw = np.concatenate([np.tile(judge.raw(valid.scores), SCALED), judge.raw(bad)])
    return scaled(judge, raw, np.arange(len(raw)) < SCALED * len(valid))


def report_card(
    judge: PieceJudge, room: Classroom, settings: CriticSettings, models: Sequence[str], say: Say
) -> dict[str, Any]:
    """The report card of a judge on the test side, as plain values."""
    from etude.lab.loading import load

    test = room.pools["test"]
    unseen = {one.name: room.workshop.composed(one, settings.held_out, settings.seed + 7) for one in UNSEEN}
    unseen |= {f"model {name}": by_model(load(name), settings.held_out, settings.seed + 7) for name in models}
    say("examination: damage")
    examiner = Examiner(judge, test, {name: pieces for name, pieces in unseen.items() if pieces}, settings.seed)
    damaged = examiner.damage(say)
    say("examination: generators, measures, leaks")
    card: dict[str, Any] = plain(
        {
            "pieces": len(test),
            "damage": damaged,
            "mean_by_strength": means(damaged),
            "full": full(damaged),
            "generators": examiner.generators(),
            "mixture": beside_measures(judge, room.pools["train"], test, settings.seed),
            "leaks": leaks(judge, test, settings.seed),
            "weaker": {one.name: asdict(one) for one in (*SEEN, *UNSEEN)},
        }
    )
    return card


def plain(value: Any) -> Any:
    """Figures with intervals as {"value", "low", "high"}, all the way down."""
    if isinstance(value, Bounded):
        return vars(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def answer(card: dict[str, Any]) -> dict[str, Any]:
    """The keys of the contract: `auc` {what: area}, `balanced_accuracy`, `majority`, `calibration_error`."""
    areas = {
        f"{kind} {float(strength):.0%}": one["value"]
        for kind, row in card["damage"].items()
        for strength, one in row.items()
    }
    areas |= {name: one["value"] for made in card["generators"].values() for name, one in made.items()}
    critic = card["mixture"]["critic"]
    return {
        "auc": areas,
        "balanced_accuracy": critic["balanced_accuracy"]["value"],
        "majority": card["mixture"]["majority"],
        "calibration_error": critic["calibration_error"],
        "measures_balanced_accuracy": card["mixture"]["measures"]["balanced_accuracy"]["value"],
    }
