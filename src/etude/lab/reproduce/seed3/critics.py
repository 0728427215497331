"""The critics on hard negatives: one that never heard a model, one that learned from the composer's pieces too."""

from __future__ import annotations

from typing import Any

from etude.lab.critic import KINDS, MODEL, Judge, Listener, Passages, School, train_judge
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed3.sizes import Sizes, real_pieces
from etude.score import Score

Figures = dict[str, Any]


class Critics:
    """The two critics, each trained when it is first asked for."""

    def __init__(self, bench: Bench, sizes: Sizes) -> None:
        self.bench, self.sizes = bench, sizes
        self.listener = Listener(notes=sizes.notes)
        self._kept: dict[str, Judge] = {}

    def passages(self, split: str) -> Passages:
        """Real passages of a split."""
        count = dict(zip(("train", "valid", "test"), self.sizes.pieces))[split]
        return Passages.of(real_pieces(self.bench, split, count), self.listener, each=self.sizes.each)

    def of(self, name: str, composed: list[Score] | None = None) -> Judge:
        """The critic called `name`; it learns from a model's pieces `composed` too, a tenth of them held out."""
        if name not in self._kept:
            from etude.training.critic import CriticTraining

            self.bench.say(f"training the critic '{name}'")
            school = School(
                self.passages("train"),
                self.passages("valid"),
                composed=self._sides(composed) if composed is not None else None,
                per_epoch=self.sizes.per_epoch,
            )
            training = CriticTraining(epochs=self.sizes.epochs)
            self._kept[name] = train_judge(school, self.listener, training=training)
        return self._kept[name]

    def _sides(self, composed: list[Score]) -> tuple[Passages, Passages]:
        held_out = max(1, len(composed) // 10)
        return self.of_model(composed[held_out:]), self.of_model(composed[:held_out])

    def of_model(self, scores: list[Score]) -> Passages:
        """The passages of composed pieces."""
        return Passages.of(((f"composed {number}", score) for number, score in enumerate(scores)), self.listener)

    def figures(self, judge: Judge, composed: list[Score]) -> Figures:
        """Kind -> Judgement on test passages, a model's pieces among them, and how the training went."""
        found = judge.judgements(self.passages("test"), composed=self.of_model(composed))
        return {
            "kinds": {kind: one.as_json() for kind, one in found.items()},
            "epochs": len(judge.course.figures),
            "best": judge.course.best,
            "valid_area": max(judge.course.figures),
            "seconds": judge.course.seconds,
            "parameters": sum(weight.numel() for weight in judge.critic.parameters()),
        }


def table(unheard: Figures, heard: Figures) -> Table:
    """A row a kind of wrong music: both critics."""
    rows = []
    for kind in (*KINDS, MODEL):
        one, other = unheard["kinds"][kind], heard["kinds"][kind]
        areas = [_bounds(found["area"]) for found in (one, other)]
        balanced = [found["balanced"]["value"] for found in (one, other)]
        rows.append(
            (
                kind,
                one["segments"],
                one["majority"],
                *(x for pair in zip(areas, balanced) for x in pair),
                one["calibration"],
            )
        )
    columns = (
        *("wrong music", "passages", "majority", "area under the curve", "balanced"),
        *("area, having heard the composer", "balanced, having heard it", "calibration error"),
    )
    note = (
        f"Real test passages beside as many made wrong; intervals over pieces. Critic: {unheard['parameters']:,} "
        f"parameters, {unheard['epochs']} epochs in {unheard['seconds']:.0f} s; the second also learned from other "
        f"pieces of the composer, in {heard['seconds']:.0f} s."
    )
    return Table("Hard negatives made from real music", columns, rows, note)


def sentences(unheard: Figures, heard: Figures) -> list[str]:
    """Which kinds are told apart, and what a model's music is to each critic."""
    areas = {kind: one["area"] for kind, one in unheard["kinds"].items() if kind != MODEL}
    missed = [kind for kind, area in areas.items() if area["low"] <= 0.5]
    weakest = min(areas, key=lambda kind: float(areas[kind]["value"]))
    one, other = (found["kinds"][MODEL]["area"] for found in (unheard, heard))
    return [
        f"Of {len(areas)} kinds of wrong music the critic tells {len(areas) - len(missed)} from real music; its "
        f"weakest is '{weakest}' with an area of {areas[weakest]['value']:.3f}.",
        f"The composer's pieces against real ones: area {_bounds(one)} for a critic that has heard no model, "
        f"{_bounds(other)} for one that has learned from other pieces of this composer.",
    ]


def _bounds(figure: Figures) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
