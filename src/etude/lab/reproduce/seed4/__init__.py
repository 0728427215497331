"""A notebook on five piano files whose loss is the variance of pitch, and its six improvements, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from etude.lab.reproduce.base import Arm, Report
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed4 import collapse, playing, pricing, tables
from etude.lab.reproduce.seed4.variations import Size, arm_name, variations


@dataclass(frozen=True)
class Muse:
    """The reproduction; a smaller size makes it a test."""

    size: Size = field(default_factory=Size)

    name = "seed4-muse"
    purpose = (
        "A notebook that learns five MAESTRO files with squared error on all it predicts, and the six improvements "
        "that its author suggests: each as one step, with three seeds."
    )
    data = ("maestro-v2-notes",)

    def arms(self) -> Sequence[Arm]:
        """Every variation with the first seed, then with the others."""
        return [one.arm(seed) for seed in self.size.seeds for one in variations(self.size)]

    def report(self, bench: Bench) -> Report:
        """The collapse, a table for each improvement, the dynamics, and what the encodings lose."""
        size, steps = self.size, tables.steps(self.size)
        found = [collapse.table(bench, size)]
        found += [step.table(bench, size) for step in steps]
        found += [playing.table(bench, size), tables.losses(bench, size)]
        sentences = [collapse.sentence(bench, size)]
        sentences += [sentence for step in steps for sentence in step.sentences(bench, size)]
        return Report(
            figures=self._figures(bench, steps),
            baselines=self._baselines(bench),
            protocol=self._protocol(),
            tables=found,
            sentences=[*sentences, *playing.sentences(bench, size)],
            files=list(playing.files(bench, size)),
        )

    def _protocol(self) -> str:
        size = self.size
        return (
            f"official split; {size.sample} validation pieces, evenly chosen, whole, full view, end priced; "
            f"{len(size.seeds)} seeds, which choose files and weights; 95 % intervals (Student), paired by seed; "
            "last weights, no early stopping"
        )

    def _figures(self, bench: Bench, steps: Sequence[tables.Step]) -> dict[str, Any]:
        out: dict[str, Any] = {
            step.title: {row.key: vars(pricing.over(bench, row.key, self.size, step.figure)) for row in step.rows}
            for step in steps
        }
        seeds = {seed: collapse.found(bench, arm_name("squared", seed)) for seed in self.size.seeds}
        return {"squared error": seeds, **out}

    def _baselines(self, bench: Bench) -> dict[str, Any]:
        """Counting on all training files, and histograms of every field, on the same sample."""
        keys = ("files-all", "window-all")
        return {
            "pitch nats": pricing.pitch_references(bench, "files-all", self.size),
            "histograms, bits/note": {key: pricing.histogram_bits(bench, key, self.size) for key in keys},
        }


REPRODUCTION = Muse()
