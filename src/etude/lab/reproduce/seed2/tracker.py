"""The plan's empty tracker, filled: configuration, hypothesis, expectation and results of every experiment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etude.evaluation.intervals import Interval, over_seeds, paired_over_seeds
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed2 import shapes
from etude.lab.reproduce.seed2.experiments import EXPERIMENTS, Claim, Experiment, arm_of
from etude.lab.reproduce.seed2.figures import FIGURES, change, found, over

_LABELS = {
    "weighted_loss": "Final Loss (the tutorial's, pitch at 0.05)",
    "pitch_accuracy": "Pitch Accuracy",
    "step_mae_seconds": "Step MAE, seconds",
    "duration_mae_seconds": "Duration MAE, seconds",
    "pitch_nats": "Pitch, nats",
    "bits_per_note": "Bits per note",
    "peak_mib": "Peak memory, MiB",
    "seconds": "Training, seconds",
}


@dataclass(frozen=True)
class Finding:
    """What became of a claim: the difference it speaks of, and what it says."""

    experiment: str
    claim: Claim
    before: float
    difference: Interval

    @property
    def verdict(self) -> str:
        """ "held", "not" (the opposite was measured) or "no evidence"."""
        if self.difference.verdict == "no evidence":
            return "no evidence"
        return "held" if self.difference.verdict == self.claim.direction else "not"

    def __str__(self) -> str:
        share = 100 * self.difference.mean / self.before if self.before else float("nan")
        return f"{self.claim.text}: {self.verdict} ({self.difference}, {share:+.1f} %)"


def findings(bench: Bench, seeds: Sequence[int], pieces: int) -> list[Finding]:
    """A Finding for every claim of every experiment, each held against the experiment before it.

    What is said of composed pieces is measured on so many of each training.
    """
    out = []
    for before, one in itertools.pairwise(EXPERIMENTS):
        for claim in one.claims:
            if claim.figure in shapes.MEASURES:
                mine, theirs = (
                    [shapes.composed(bench, arm_of(name, seed), count=pieces)[claim.figure] for seed in seeds]
                    for name in (one.name, before.name)
                )
                difference, level = paired_over_seeds(mine, theirs), over_seeds(theirs).mean
            else:
                difference = change(bench, one.name, before.name, seeds, claim.figure)
                level = over(bench, before.name, seeds, claim.figure).mean
            out.append(Finding(one.name, claim, level, difference))
    return out


def ladder(bench: Bench, seeds: Sequence[int], split: str = "valid") -> Table:
    """The four experiments, each with everything measured of it."""
    rows = [
        (one.title, *(str(over(bench, one.name, seeds, figure, split)) for figure in FIGURES))
        for one in EXPERIMENTS
    ]
    return Table(f"The four experiments, {split}", ("experiment", *FIGURES.values()), rows)


def page(bench: Bench, seeds: Sequence[int], pieces: int) -> str:
    """The tracker in the plan's own form."""
    told = findings(bench, seeds, pieces)
    parts = ["# Experiment tracking"]
    for number, one in enumerate(EXPERIMENTS, start=1):
        mine = [finding for finding in told if finding.experiment == one.name]
        parts.append("\n".join(_entry(bench, number, one, mine, seeds)))
    return "\n\n".join(parts) + "\n"


def _entry(
    bench: Bench, number: int, one: Experiment, told: Sequence[Finding], seeds: Sequence[int]
) -> Iterator[str]:
    parameters = int(found(bench, arm_of(one.name, seeds[0]))["parameters"])
    yield f"## Experiment {number}: {one.title}"
    yield "**Status**: Completed"
    yield "\n**Configuration**:"
    for what, value, changed in one.configuration:
        yield f"- {what}: {value}{' <- CHANGED' * changed}"
    yield f"- Parameters: {parameters:,} (measured)"
    if one.hypothesis:
        yield f"\n**Hypothesis**: {one.hypothesis}"
        yield "\n**Expected Results**:"
        yield from (f"- {claim.text}" for claim in one.claims)
    yield f"\n**Results** (means of {len(seeds)} seeds with 95 % intervals, validation):"
    for figure, label in _LABELS.items():
        yield f"- {label}: {over(bench, one.name, seeds, figure)}"
    yield "\n**Observations**:"
    if not told:
        yield "- what the others are held against"
    yield from (f"- {finding}" for finding in told)
