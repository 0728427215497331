"""The card of a run: what changed since its parent, what it is good at, what it is bad at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.lab.history import differences, evaluations_of, summary
from etude.lab.reproduce.bench import is_done
from etude.lab.run import Run
from etude.lab.study.analysis import figure, signed
from etude.lab.study.outcomes import ending
from etude.lab.study.plan import BASELINE, folder_name

FILE = "card.md"
OF_NO_CHANGE = ("name", "purpose", "training.threads", "start")
FASTER = 1.1  # times: less is no news
LATE = 0.9  # of the updates: a best later than that leaves something to learn


@dataclass(frozen=True)
class RunCard:
    """One run in a few lines."""

    run: Path
    parent: Path | None
    changed: dict[str, tuple[Any, Any]]  # dotted key -> (in the parent, here)
    figures: dict[str, Any]
    strengths: list[str]
    weaknesses: list[str]
    notes: str

    def text(self) -> str:
        """It as Markdown."""
        said = f"Changed since {self.parent}" if self.parent else "No parent: nothing to name changes against"
        lines = [f"- {key}: {old} -> {new}" for key, (old, new) in self.changed.items()]
        parts = [f"# {self.run.name}", f"## {said}", "\n".join(lines) or "- nothing"]
        parts += ["## Figures", "\n".join(f"- {key}: {value}" for key, value in self.figures.items())]
        for title, told in (("Strengths", self.strengths), ("Weaknesses", self.weaknesses)):
            parts += [f"## {title}", "\n".join(f"- {line}" for line in told) or "- none that the figures show"]
        return "\n\n".join([*parts, *(["## Notes", self.notes] if self.notes else [])]) + "\n"


def card_of(folder: Path, parent: Path | None = None) -> RunCard:
    """The card of a run, beside its parent: the run named, else the one it started from or its study's baseline."""
    run = Run.open(folder)
    before = parent or parent_of(run)
    changed = {} if before is None else differences(before, folder)
    notes = folder / "notes.md"
    better, worse = _beside(run, before)
    own_good, own_bad = _alone(run)
    return RunCard(
        folder,
        before,
        {key: pair for key, pair in changed.items() if key not in OF_NO_CHANGE},
        {key: value for key, value in vars(summary(run)).items() if key not in ("run", "recipe")},
        better + own_good,
        worse + own_bad,
        notes.read_text("utf-8").strip() if notes.is_file() else "",
    )


def write_card(card: RunCard) -> Path:
    """Writes card.md into the run; its path."""
    Run(card.run).write_text(FILE, card.text())
    return card.run / FILE


def parent_of(run: Run) -> Path | None:
    """The run whose weights it started from, or its study's baseline with the same seed; None where neither is."""
    started = run.recipe().get("start")
    if started and Run.is_run(Path(started)):
        return Path(started)
    seed = run.recipe().get("training", {}).get("seed", 0)
    baseline = run.folder.parent / folder_name(BASELINE, seed)
    return baseline if Run.is_run(baseline) and baseline != run.folder else None


def _beside(run: Run, parent: Path | None) -> tuple[list[str], list[str]]:
    """What it does better than its parent and what worse. One run each: no more than a hint."""
    if parent is None or not (is_done(run) and is_done(Run(parent))):
        return [], []
    mine, theirs = ending(run), ending(Run(parent))
    good: list[str] = []
    bad: list[str] = []
    gap = mine["valid_bits_per_note"] - theirs["valid_bits_per_note"]
    if gap:
        told = f"{signed(gap)} bits/note beside {parent.name} (one run each: a study says whether that is chance)"
        (good if gap < 0 else bad).append(told)
    for key, what, better in (("tokens_per_second", "speed", 1), ("peak_memory_bytes", "memory", -1)):
        ratio = mine[key] / theirs[key] if theirs[key] else 1.0
        if not 1 / FASTER < ratio < FASTER:
            (good if (ratio > 1) == (better > 0) else bad).append(f"{ratio:.2f} times the {what} of {parent.name}")
    return good, bad


def _alone(run: Run) -> tuple[list[str], list[str]]:
    """What its own log shows: where it stands among the baselines, and how its training ended."""
    if not is_done(run):
        return [], ["it did not come to its end"]
    end, records = ending(run), evaluations_of(run)
    good: list[str] = []
    bad: list[str] = []
    for name, bits in (end.get("floors") or {}).items():
        gap = end["valid_bits_per_note"] - bits
        (good if gap < 0 else bad).append(
            f"{figure(abs(gap))} bits/note {'below' if gap < 0 else 'above'} '{name}'"
        )
    if len(records) > 2:
        best = min(records, key=lambda record: record["valid_nats_per_step"])
        if best["step"] >= LATE * records[-1]["step"]:
            good.append("held-out loss was lowest at the end: it was not learning by heart")
        else:
            bad.append(f"held-out loss was lowest at update {best['step']} of {records[-1]['step']}, then rose")
    return good, bad
