"""An LSTM with three heads on MAESTRO piano, and the plan to make it better: every row of it, measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.files import write_atomically
from etude.lab.reproduce.base import Arm, Report, Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed2 import shapes, tables, tracker
from etude.lab.reproduce.seed2.experiments import EXPERIMENTS, GOAL, NETWORKS, OPTIONS, Option, arm_of, arms
from etude.lab.reproduce.seed2.figures import FIGURES, found, over

TRACKER = "tracker.md"
PROTOCOL = (
    "official split; per note the middle 128 notes of every held-out piece, each seen with all the model can see; "
    "times rounded to 10 ms; the end of a piece is not priced"
)


@dataclass(frozen=True)
class Piano:
    """The reproduction; fewer seeds and options make it small."""

    seeds: tuple[int, ...] = (0, 1, 2)
    options: tuple[Option, ...] = OPTIONS
    networks: bool = True
    goal: bool = True
    formats: tuple[str, ...] = ("mid", "wav")
    pieces: int = 4  # composed of every training, to be measured

    name = "seed2-piano"
    purpose = (
        "The TensorFlow music tutorial's network on 1,282 piano performances, and an optimisation plan for it "
        "whose results were never filled in: its four experiments with three seeds, its matrix of networks, its "
        "options."
    )
    data = ("maestro-v2-notes",)

    def arms(self) -> Sequence[Arm]:
        """Experiments and networks once a seed, options once, the goal last."""
        wanted = arms(self.seeds, self.options, self.goal)
        return [arm for arm in wanted if self.networks or arm.name[:1] not in "ABCD"]

    def report(self, bench: Bench) -> Report:
        """The tracker filled in, and a table for each part of the plan."""
        first = arm_of(EXPERIMENTS[0].name, self.seeds[0])
        last = arm_of(EXPERIMENTS[-1].name, self.seeds[0])
        counted = tables.references(bench, first)
        files = list(self._files(bench))
        best = min(EXPERIMENTS, key=lambda one: over(bench, one.name, self.seeds, "pitch_nats").mean).name
        found_tables = [
            _counted(counted),
            tracker.ladder(bench, self.seeds),
            _test(bench, best, self.seeds),
            *([tables.matrix(bench, self.seeds)] if self.networks else []),
            tables.temperatures(bench, last, 2 * self.pieces),
            *self._optional(bench),
        ]
        sentences = [f"{one.experiment}: {one}" for one in tracker.findings(bench, self.seeds, self.pieces)]
        return Report(
            figures=self._figures(bench, best),
            baselines=counted,
            protocol=PROTOCOL,
            tables=found_tables,
            sentences=[*sentences, *_against_counting(bench, counted, self.seeds), *self._goal(bench)],
            files=files,
        )

    def _optional(self, bench: Bench) -> Iterator[Table]:
        names = {option.name for option in self.options}
        if names:
            yield tables.options(bench, self.options)
        if {"by-file", "by-work", "option-base"} <= names:
            yield tables.splits(bench)
        if {"chords", "transformer-likelihoods"} <= names:
            yield tables.chords(bench)

    def _figures(self, bench: Bench, best: str) -> dict[str, Any]:
        named = [one.name for one in (*EXPERIMENTS, *(NETWORKS if self.networks else ()))]
        out: dict[str, Any] = {
            name: {figure: vars(over(bench, name, self.seeds, figure)) for figure in FIGURES} for name in named
        }
        out |= {one.name: found(bench, one.name) for one in self.options if one.recipe != "seed2-chords"}
        out["chosen by validation"] = best
        if self.goal:
            out["goal"] = {split: _goal_figures(bench, split) for split in ("valid", "test")}
        return out

    def _goal(self, bench: Bench) -> Iterator[str]:
        if not self.goal:
            return
        for split in ("valid", "test"):
            told = _goal_figures(bench, split)
            yield (
                f"performance, {split}: pitch {told['pitch']:.3f} nats (goal 2.9), {told['note']:.3f} nats a note "
                f"(goal 9.5): {'reached' if told['pitch'] <= 2.9 and told['note'] <= 9.5 else 'not reached'}"
            )

    def _files(self, bench: Bench) -> Iterator[tuple[Path, str]]:
        path = bench.folder / TRACKER
        write_atomically(path, tracker.page(bench, self.seeds, self.pieces).encode())
        yield path, "the plan's tracker, filled in"
        for one in EXPERIMENTS:
            arm = arm_of(one.name, self.seeds[0])
            shapes.composed(bench, arm, 1.0, 1, self.formats)
            for made in sorted(shapes.folder_of(bench, arm).iterdir()):
                if made.suffix.removeprefix(".") in self.formats and made.name.startswith(arm):
                    yield made, f"{one.title}: {shapes.PROMPT} notes of a real piece, then its own"


def _counted(counted: dict[str, dict[str, float]]) -> Table:
    rows = [(name, *(side[name] for side in counted.values())) for name in next(iter(counted.values()))]
    note = "Published beside the original: unigram 4.055 / 4.025, bigram 3.785 / 3.748, trigram 3.682 / 3.614."
    return Table("What counting gives", ("figure", *counted), rows, note)


def _test(bench: Bench, best: str, seeds: Sequence[int]) -> Table:
    rows = [
        (name, *(str(over(bench, name, seeds, figure, "test")) for figure in FIGURES))
        for name in dict.fromkeys((EXPERIMENTS[0].name, best))
    ]
    return Table("The first experiment and the one chosen by validation, test", ("", *FIGURES.values()), rows)


def _against_counting(bench: Bench, counted: dict[str, dict[str, float]], seeds: Sequence[int]) -> Iterator[str]:
    side = counted["valid"]
    for one in EXPERIMENTS:
        nats = over(bench, one.name, seeds, "pitch_nats")
        beaten = [name for name in ("unigram", "bigram", "trigram") if nats.high < side[f"{name} on the passages"]]
        loss = over(bench, one.name, seeds, "weighted_loss")
        yield (
            f"{one.name}: pitch {nats} nats, {'below the ' + beaten[-1] if beaten else 'not below any count'} "
            f"({side['trigram on the passages']:.3f} for the trigram on the same notes); weighted loss {loss} "
            f"beside {side['weighted_loss on the passages']:.3f} of constants"
        )


def _goal_figures(bench: Bench, split: str) -> dict[str, float]:
    likelihood = bench.likelihood(GOAL.name, "full", split)
    note = likelihood.bits_per_note * math.log(2)
    return {"pitch": likelihood.nats_per_field["pitch"], "note": note, "bits_per_note": likelihood.bits_per_note}


REPRODUCTION = Piano()
