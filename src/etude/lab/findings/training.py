"""What a training's figures mean, in words, and what to try next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from etude.lab.findings.base import Finding

STILL_FALLING = 0.004  # nats per step and evaluation, over the last quarter
OVERFIT = 0.15  # share by which validation may lie above training
RISE = 1.002  # times the loss before: less is chance
ROUGH = 0.3  # share of evaluations at which the held-out loss may rise while nothing is learned by heart
TOGETHER = 1.02  # times both losses before: in 67 sound runs both never rose by more than 0.8 % at once
BLOWN = 1.3  # times the lowest training loss so far: more is a training that came apart
LEARNED = 0.9  # of the uniform price: a model above it has learned next to nothing
FEW = 5  # evaluations: fewer do not show how a loss goes
SMALL = 30_000  # notes; what fits them by heart is no surprise

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a training was given, as far as it is known: 0 for what is not."""

    notes: int = 0  # of the training side
    parameters: int = 0
    learning_rate: float = 0.0  # the highest


def of_training(
    records: Sequence[Record], floors: Mapping[str, float], facts: Facts | None = None
) -> list[Finding]:
    """Findings about a finished training; `floors` are bits per note of the baselines."""
    valid = [record for record in records if record.get("valid_nats_per_step") is not None]
    if not valid:
        return [
            Finding("nothing held out", "No piece was held out: nothing can be said about music it has not seen.")
        ]
    facts = facts or Facts()
    kept = [record for record in valid if math.isfinite(record["valid_nats_per_step"])]
    if not kept:
        return [_too_fast("The loss is no number any more: the training came apart.", facts)]
    best = min(kept, key=lambda record: record["valid_nats_per_step"])
    return [*_against(floors, best, facts), *_course(valid, best, floors, facts)]


def _against(floors: Mapping[str, float], best: Record, facts: Facts) -> list[Finding]:
    """Below or above which floor."""
    bits = best.get("valid_bits_per_note")
    if bits is None or not floors:
        return []
    strongest = min(floors, key=lambda name: floors[name])
    if bits < floors[strongest]:
        gain = floors[strongest] - bits
        text = f"Better than every baseline: {gain:.2f} bits a note below '{strongest}'."
        return [Finding("below every floor", text)]
    above = min((value for value in floors.values() if bits >= value), default=0.0)
    name = next(name for name, value in floors.items() if value == above)
    small = f" {facts.notes:,} notes are little for a network, and" if 0 < facts.notes < SMALL else ""
    return [
        Finding(
            "above a floor",
            f"Not better than counting: {bits:.2f} bits a note, '{name}' needs {above:.2f}. Train longer or on "
            f"more music;{small} counting composes well from little.",
            "etude train ngram --data COLLECTION",
        )
    ]


def _course(valid: Sequence[Record], best: Record, floors: Mapping[str, float], facts: Facts) -> list[Finding]:
    """How the loss went: came apart, went up and down, was learned by heart, still falls, is level."""
    if trouble := _unsteady(valid, best, floors, facts):
        return [trouble]
    losses = [record["valid_nats_per_step"] for record in valid]
    last = valid[-1]
    if losses[-1] > best["valid_nats_per_step"] * 1.01:
        return [_rose(best, last, facts)]
    if _hardly(best, floors):
        return [_too_slow(best, facts)]
    fall = _fall(losses)
    said = []
    if fall is not None and fall > STILL_FALLING:
        text = f"Held-out loss was still falling at the end, by {fall:.3f} nats a step and evaluation."
        said.append(Finding("still falling", text, "more --minutes"))
    if _gap(last) > OVERFIT:
        said.append(_learned_by_heart(last, facts))
    elif fall is not None and fall <= STILL_FALLING:
        said.append(_level(facts))
    return said


def _unsteady(valid: Sequence[Record], best: Record, floors: Mapping[str, float], facts: Facts) -> Finding | None:
    """A learning rate that is too high: the loss leaps, or falls only when the schedule brings the rate down."""
    losses = [record["valid_nats_per_step"] for record in valid]
    trained = [record["train_nats_per_step"] for record in valid if record.get("train_nats_per_step") is not None]
    if not all(map(math.isfinite, [*losses, *trained])):
        return _too_fast("The loss was no number at some evaluations: the training came apart.", facts)
    lowest = math.inf
    for value in trained:
        if value > lowest * BLOWN:
            return _too_fast(f"Training loss leapt from {lowest:.2f} to {value:.2f} nats a step.", facts)
        lowest = min(lowest, value)
    bits, uniform = best.get("valid_bits_per_note"), floors.get("uniform")
    if bits is not None and uniform and bits > uniform * 1.02:
        return _too_fast(f"Worse than guessing: {bits:.2f} bits a note, all alike cost {uniform:.2f}.", facts)
    for before, after in pairwise(valid[: losses.index(best["valid_nats_per_step"]) + 1]):
        if (
            min(_times(before, after, "train_nats_per_step"), _times(before, after, "valid_nats_per_step"))
            > TOGETHER
        ):
            return _too_fast(
                f"What it had learned was lost again after update {before['step']}: the loss rose on its own tunes "
                f"and on new ones, to {after['valid_nats_per_step']:.2f} nats a step.",
                facts,
            )
    way = losses[: losses.index(best["valid_nats_per_step"]) + 1]  # what comes after may be learning by heart
    if len(way) < FEW or _gap(best) > OVERFIT:
        return None
    rises = sum(after > before * RISE for before, after in pairwise(way))
    if rises >= max(2, ROUGH * (len(way) - 1)):
        return _too_fast(f"Held-out loss rose at {rises} of {len(way) - 1} evaluations on its way down.", facts)
    return None


def _times(before: Record, after: Record, name: str) -> float:
    """How many times its value before a figure has; 0 where it is not known."""
    first, then = before.get(name), after.get(name)
    return then / first if first and then else 0.0


def _hardly(best: Record, floors: Mapping[str, float]) -> bool:
    """Whether next to nothing was learned."""
    bits, uniform = best.get("valid_bits_per_note"), floors.get("uniform")
    return bits is not None and bool(uniform) and bits > LEARNED * floors["uniform"]


def _gap(record: Record) -> float:
    """By which share held-out music costs more than what was trained on."""
    train = record.get("train_nats_per_step")
    return record["valid_nats_per_step"] / train - 1 if train else 0.0


def _fall(losses: Sequence[float]) -> float | None:
    """Nats per step and evaluation over the last quarter; None where there are too few evaluations."""
    if len(losses) < 4:
        return None
    tail = losses[-max(2, len(losses) // 4) :]
    return (tail[0] - tail[-1]) / (len(tail) - 1)


def _too_fast(text: str, facts: Facts) -> Finding:
    rate = f"{facts.learning_rate / 10:.1g}" if facts.learning_rate else "a tenth of it"
    return Finding(
        "learning rate too high", f"{text} The learning rate is too high.", f"--set training.learning_rate={rate}"
    )


def _too_slow(best: Record, facts: Facts) -> Finding:
    rate = f"{facts.learning_rate * 10:.1g}" if facts.learning_rate else "ten times as much"
    return Finding(
        "hardly learned",
        f"It has hardly learned: {best['valid_bits_per_note']:.2f} bits a note after {best['step']} updates.",
        f"more --minutes, or --set training.learning_rate={rate}",
    )


def _rose(best: Record, last: Record, facts: Facts) -> Finding:
    beside = f" {_own(last)}{_little(facts)}" if _gap(last) > OVERFIT else ""
    return Finding(
        "rose again",
        f"Held-out loss rose after step {best['step']}: its best weights are kept.{beside}",
        "--set model.dropout=0.3, or more music",
    )


def _learned_by_heart(last: Record, facts: Facts) -> Finding:
    return Finding("learned by heart", f"{_own(last)}{_little(facts)}", "--set model.dropout=0.3, or more music")


def _own(last: Record) -> str:
    own, new = last["train_nats_per_step"], last["valid_nats_per_step"]
    return f"It knows its own tunes by heart: they cost {own:.2f} nats a step, new ones {new:.2f}."


def _little(facts: Facts) -> str:
    if not 0 < facts.notes < SMALL:
        return ""
    return f" {facts.notes:,} notes are little to learn {facts.parameters:,} parameters from."


def _level(facts: Facts) -> Finding:
    size = f"{facts.parameters:,} parameters" if facts.parameters else "model"
    return Finding(
        "level",
        "Held-out loss was level at the end of its schedule and close to the loss on its own tunes: the same again "
        f"will give the same; a longer schedule or more than this {size} may give more.",
        "--set model.width=256 with twice the --minutes",
    )
