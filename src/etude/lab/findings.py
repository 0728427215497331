"""What a training's figures mean, in words, and what to try next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STILL_FALLING = 0.004  # nats per step and evaluation, over the last quarter
OVERFIT = 0.15  # share by which validation may lie above training


def findings(records: Sequence[Mapping[str, Any]], floors: Mapping[str, float]) -> list[str]:
    """Sentences about a finished training; `floors` are bits per note of the baselines."""
    valid = [r for r in records if r.get("valid_nats_per_step") is not None]
    if not valid:
        return ["No piece was held out, so nothing can be said about music it has not seen."]
    best = min(valid, key=lambda record: record["valid_nats_per_step"])
    return [*_against(floors, best), *_course(valid, best)]


def _against(floors: Mapping[str, float], best: Mapping[str, Any]) -> list[str]:
    bits = best.get("valid_bits_per_note")
    if bits is None or not floors:
        return []
    beaten = {name: value - bits for name, value in floors.items() if bits < value}
    if len(beaten) < len(floors):
        above = min((value for value in floors.values() if bits >= value), default=0.0)
        name = next(name for name, value in floors.items() if value == above)
        return [
            f"Not better than counting: {bits:.2f} bits a note, '{name}' needs {above:.2f}. Train longer or on "
            "more music; with little music the recipe 'ngram' composes better: etude train ngram --data COLLECTION."
        ]
    strongest = min(floors, key=lambda name: floors[name])
    return [f"Better than every baseline: {beaten[strongest]:.2f} bits a note below '{strongest}'."]


def _course(valid: Sequence[Mapping[str, Any]], best: Mapping[str, Any]) -> list[str]:
    last = valid[-1]
    said = []
    if last["valid_nats_per_step"] > best["valid_nats_per_step"] * 1.01:
        said.append(
            f"Held-out loss rose after step {best['step']}: its best weights are kept. Try more dropout or music."
        )
    elif len(valid) >= 4:
        tail = valid[-max(2, len(valid) // 4) :]
        fall = (tail[0]["valid_nats_per_step"] - tail[-1]["valid_nats_per_step"]) / (len(tail) - 1)
        if fall > STILL_FALLING:
            said.append("Held-out loss was still falling at the end: more --minutes will help.")
    train = last.get("train_nats_per_step") or last["valid_nats_per_step"]
    if last["valid_nats_per_step"] > train * (1 + OVERFIT):
        said.append("It fits its own tunes much better than new ones: try model.dropout=0.3 or more music.")
    return said
