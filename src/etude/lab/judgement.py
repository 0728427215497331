"""All that `etude evaluate` says of a model: prices, other models, what it composes, and what all that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etude.lab.comparing import Comparison, compare
from etude.lab.evaluating import Evaluation, data_of, evaluate
from etude.lab.findings import Finding, of_evaluation, of_music, of_training
from etude.lab.history import evaluations_of
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.remembering import Memory, memory
from etude.lab.sampled import Sampled, sampled
from etude.lab.told import ToldTables


@dataclass(frozen=True)
class Question:
    """What is asked of a model."""

    data: str | None = None  # None: its own collection
    protocols: tuple[str, ...] = ("full",)
    split: str = "valid"
    baselines: bool = True
    copying: bool = False
    beside: tuple[str, ...] = ()  # other models to be priced on the same pieces
    samples: int = 8  # pieces that it composes, to be held against real ones; 0 for none
    memory: bool = False  # what the model makes of what it has heard of a piece
    told: int | None = None  # what conditions gain, and whether so many pieces a condition are as asked


@dataclass(frozen=True)
class Judgement:
    """The answer; the first evaluation is the one that is spoken of."""

    loaded: Loaded
    question: Question
    evaluations: list[Evaluation]
    findings: list[Finding]
    comparison: Comparison | None = None
    heard: Sampled | None = None
    records: list[dict[str, Any]] = field(default_factory=list)  # of its training
    memory: Memory | None = None
    told: ToldTables | None = None

    def answer(self) -> dict[str, Any]:
        """The keys of `etude evaluate --json`."""
        first = self.evaluations[0].answer()
        if len(self.evaluations) > 1:
            first["protocols"] = {one.protocol: one.answer() for one in self.evaluations}
        if self.comparison:
            first["beside"] = [row.answer() for row in self.comparison.rows]
            first["left_out"] = dict(self.comparison.left_out)
        if self.heard:
            first["measures"] = self.heard.answer()
        if self.memory:
            first["memory"] = self.memory.as_json()
        if self.told:
            first["told"] = self.told.as_json()
        return {**first, "findings": list(map(str, self.findings))}


def judge(model: str | Path | Loaded | None, question: Question) -> Judgement:
    """The Judgement of a model."""
    loaded = model if isinstance(model, Loaded) else load(model)
    found = evaluate(
        *(loaded, question.data),
        protocols=question.protocols,
        split=question.split,
        baselines=question.baselines,
        copying=question.copying,
    )
    records = evaluations_of(loaded.run) if loaded.run else []
    heard = _heard(loaded, question) if question.samples else None
    others = compare([loaded, *question.beside], question.data, **_alike(question)) if question.beside else None
    said = _findings(found, records if question.data is None else [], heard)
    kept = _memory(loaded, question) if question.memory else None
    told = _told(loaded, question) if question.told is not None else None
    return Judgement(loaded, question, found, said, others, heard, records, kept, told)


def _told(loaded: Loaded, question: Question) -> ToldTables:
    """What the model's conditions do. Raises UsageError for a model that has none."""
    material = Material.of(data_of(loaded, question.data), loaded.encoding)
    return ToldTables.of(loaded, material, question.told or 0, question.split)


def _memory(loaded: Loaded, question: Question) -> Memory:
    return memory(loaded, question.data, split=question.split, baselines=question.baselines)


def _alike(question: Question) -> dict[str, Any]:
    return {"protocol": question.protocols[0], "split": question.split, "baselines": question.baselines}


def _heard(loaded: Loaded, question: Question) -> Sampled:
    """What the model composes, beside held-out pieces of the same side."""
    material = Material.of(data_of(loaded, question.data), loaded.encoding)
    return sampled(loaded, material, question.split, question.samples)


def _findings(
    found: Sequence[Evaluation], records: Sequence[dict[str, Any]], heard: Sampled | None
) -> list[Finding]:
    first, *others = found
    said = of_evaluation(first.model, first.baselines, first.mixtures, [one.model for one in others])
    if len(records) > 1:  # a counted model has one, and no course
        said += of_training(records, {})
    if heard is not None:
        said += of_music(heard.measured, heard.band)
    return said
