"""The tables of a study, for terminal and report alike."""

from __future__ import annotations

from typing import Any

from etude.lab.reproduce.base import Table
from etude.lab.study.analysis import family, figure, short, signed, span
from etude.lab.study.plan import BASELINE
from etude.lab.study.study import Study


def effects_table(study: Study) -> Table:
    """What each change did to the outcome that decides: the effect, its interval and a verdict."""
    first = study.outcomes[0]
    columns = ("change", first.label, "effect", "interval", "chance", "seeds", "verdict")
    rows: list[tuple[Any, ...]] = [(BASELINE, _mean(study, BASELINE), "-", "-", "-", _seeds(study, BASELINE), "-")]
    for one in study.found:
        effect = one.effect
        rows.append(
            (
                *(one.contrast.name, _mean(study, one.contrast.arm), signed(effect.mean)),
                *(
                    span(effect),
                    figure(effect.chance),
                    effect.pairs,
                    one.verdict,
                ),
            )
        )
    rows += [(name, f"{bits:.3f}", "-", "-", "-", "-", "counted, for scale") for name, bits in study.floors.items()]
    note = f"Effects in {first.unit or first.label}, arm minus what it is held against, over the seeds both have. "
    if family(study.found):
        note += (
            f"The intervals hold for all {family(study.found)} comparisons together at 95 %, and the chances are "
            "corrected for as many."
        )
    return Table("What each change did", columns, rows, note)


def trials_table(study: Study, most: int = 10) -> Table:
    """The best trials of a search, the best one first."""
    first = study.outcomes[0]
    done = sorted((row for row in study.rows if row.state == "done"), key=lambda row: row.figures[first.key])
    rows = [(row.arm, row.figures[first.key], row.figures.get("seconds")) for row in done[:most]]
    return Table("The best trials", ("trial", first.label, "seconds"), rows)


def _mean(study: Study, arm: str) -> str:
    found = study.columns.mean(arm, study.outcomes[0].key) if arm else None
    return "-" if found is None else str(found)


def _seeds(study: Study, arm: str) -> str:
    return str(sum(row.state == "done" for row in study.rows if row.arm == arm))


def outcomes_table(study: Study) -> Table:
    """Every outcome of every arm: its mean over the seeds."""
    columns = ("arm", *(one.label for one in study.outcomes))
    rows = []
    for variant in study.checked.variants:
        means = [study.columns.mean(variant.name, one.key) for one in study.outcomes]
        if any(means):
            rows.append((variant.name, *("-" if mean is None else short(mean) for mean in means)))
    return Table("All outcomes", columns, rows, "Means over the seeds with 95 % intervals, each arm by itself.")


def side_effects_table(study: Study) -> Table:
    """What each change did to the other outcomes, where that is more than chance."""
    rows = [
        (one.contrast.name, outcome.label, signed(effect.mean), span(effect),
         effect.direction)
        for one in study.found
        for outcome in study.outcomes[1:]
        if (effect := one.effects[outcome.key]).direction in ("lower", "higher")
    ]  # fmt: skip
    note = f"Only what is more than chance, each outcome corrected for the {family(study.found)} comparisons."
    return Table("What else changed", ("change", "outcome", "effect", "interval", "direction"), rows, note)


def runs_table(study: Study) -> Table:
    """Every run with what became of it: crashed, pruned and planned ones too."""
    first = study.outcomes[0]
    columns = ("arm", "seed", "state", first.label, "updates", "seconds", "remark")
    rows = [
        (row.arm, row.seed if row.run else "-", row.state,
         *(figure(row.figures.get(key, float("nan"))) for key in (first.key, "updates", "seconds")), row.message)
        for row in study.rows
    ]  # fmt: skip
    return Table("All runs", columns, rows)
