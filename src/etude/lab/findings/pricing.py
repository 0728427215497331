"""What a likelihood on held-out pieces means, in words, and what to try next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from etude.lab.findings.base import Finding

if TYPE_CHECKING:
    from etude.evaluation import Likelihood

WORTH = 0.05  # bits a note that are worth a sentence
FEW = 8  # pieces: fewer say little about music in general
COUNTED = ("ngram", "ngram+copy")


def of_evaluation(
    model: Likelihood,
    baselines: Mapping[str, Likelihood],
    mixtures: Mapping[str, Likelihood] | None = None,
    others: Sequence[Likelihood] = (),
) -> list[Finding]:
    """Findings about what held-out pieces cost; `others` are the same model's figures under other protocols."""
    said = [
        *_against(model, baselines),
        *_happenings(model, baselines),
        *_copying(model, baselines, mixtures or {}),
    ]
    said += _memory([model, *others])
    if model.pieces < FEW:
        text = f"Only {model.pieces} held out: other pieces may cost quite another price."
        said.append(Finding("few pieces", text, "more music, or --data with a larger collection"))
    return said


def _against(model: Likelihood, baselines: Mapping[str, Likelihood]) -> list[Finding]:
    """Below or above the strongest floor, and whether that is more than chance."""
    if not baselines:
        return []
    name = min(baselines, key=lambda one: baselines[one].bits_per_note)
    floor = baselines[name]
    if floor.nats_per_step == model.nats_per_step:  # the counted model itself
        return [Finding("counted", f"This is the floor itself, '{name}': {floor.bits_per_note:.2f} bits a note.")]
    gap = model.bits_per_note - floor.bits_per_note
    figures = f"{model.bits_per_note:.2f} bits a note, '{name}' needs {floor.bits_per_note:.2f}"
    verdict = _verdict(model, floor)
    if verdict == "no evidence":
        return [
            Finding(
                "at the floor",
                f"No evidence that it differs from the strongest baseline: {figures}, and {model.pieces} pieces do "
                "not tell them apart.",
                "longer training, or more held-out music",
            )
        ]
    if gap < 0:
        return [Finding("below every floor", f"Better than every baseline by {-gap:.2f}: {figures}.")]
    worse = [one for one, found in baselines.items() if model.bits_per_note >= found.bits_per_note]
    return [
        Finding(
            "above a floor",
            f"Not better than counting ({', '.join(worse)}): {figures}.",
            "longer training or more music; etude train ngram counts instead",
        )
    ]


def _verdict(model: Likelihood, floor: Likelihood) -> str:
    """ "better", "worse" or "no evidence"; by the plain difference where pieces cannot be paired."""
    from etude.errors import UsageError
    from etude.evaluation import paired

    try:
        found = paired(model, floor)
    except UsageError:  # windows are drawn anew for each half
        return "better" if model.nats_per_step < floor.nats_per_step else "worse"
    if math.isnan(found.low):
        return "no evidence"
    return found.verdict


def _happenings(model: Likelihood, baselines: Mapping[str, Likelihood]) -> list[Finding]:
    """Where holds dominate: what notes themselves cost, beside the floor."""
    part = model.parts.get("onsets")
    if part is None or not part.values:
        return []
    paid = part.bits_per_note / model.bits_per_note if model.bits_per_note else math.nan
    text = f"Notes begin at {part.share:.1%} of the values, and {paid:.0%} of the price is paid there"
    floors = {name: found.parts["onsets"].nats for name, found in baselines.items() if "onsets" in found.parts}
    if not floors:
        return [Finding("onsets", f"{text}: {part.nats:.2f} nats an onset.")]
    name = min(floors, key=lambda one: floors[one])
    beside = f"{text}: {part.nats:.2f} nats an onset, '{name}' {floors[name]:.2f}."
    cheaper = model.bits_per_note < min(found.bits_per_note for found in baselines.values())
    if cheaper and part.nats >= floors[name]:
        return [
            Finding("only holds", f"{beside} What it does better than counting is to hold notes.", "more music")
        ]
    return [Finding("onsets", beside)]


def _copying(
    model: Likelihood, baselines: Mapping[str, Likelihood], mixtures: Mapping[str, Likelihood]
) -> list[Finding]:
    """Whether what the piece has said already is used."""
    if "model+copy" in mixtures:
        gain = model.bits_per_note - mixtures["model+copy"].bits_per_note
        if gain < WORTH:
            text = f"Copying on top gains {gain:.2f} bits a note: it remembers the piece by itself."
            return [Finding("remembers", text)]
        text = f"Copying what the piece has said gains {gain:.2f} bits a note: it forgets what it has heard."
        return [Finding("forgets", text, "etude compose --copying, or --set model.context=1024")]
    if not all(name in baselines for name in COUNTED):
        return []
    plain, copying = (baselines[name].bits_per_note for name in COUNTED)
    if plain - copying > WORTH and model.bits_per_note > copying:
        text = f"This music repeats itself: copying gains the n-gram {plain - copying:.2f} bits a note."
        return [Finding("repeats", text, "--copying, to see and hear the model with it")]
    return []


def _memory(likelihoods: Sequence[Likelihood]) -> list[Finding]:
    """What seeing the whole piece gains over seeing a few steps, where both were asked for."""
    by_name = {found.protocol: found for found in likelihoods}
    limited = [found for name, found in by_name.items() if name.startswith("context:")]
    if "full" not in by_name or not limited:
        return []
    widest = max(limited, key=lambda found: int(found.protocol.split(":")[1]))
    gain = widest.bits_per_note - by_name["full"].bits_per_note
    steps = widest.protocol.split(":")[1]
    if gain < WORTH:
        text = (
            f"More than {steps} steps back nothing helps it ({gain:+.2f} bits a note): longer memory is not used."
        )
        return [Finding("short memory", text, "--set training.length and model.context higher, or --copying")]
    return [Finding("long memory", f"What lies more than {steps} steps back saves it {gain:.2f} bits a note.")]
