"""Pieces of an arm to listen to, and simple measures of their notes beside those of real music."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from etude.lab.reproduce.bench import Bench

if TYPE_CHECKING:
    from etude.encodings import Encoding, Steps
    from etude.score import Score

PROMPT = 24  # notes of a real piece that every piece begins with, as the tutorial does
NOTES = 120  # of a piece, as the tutorial draws
OCTAVE = 12  # semitones
TOGETHER = 0.01  # seconds: less is a chord

Formats = Sequence[str]
MEASURES = {
    "pitches": "different pitches",
    "range": "range, semitones",
    "interval": "mean leap, semitones",
    "leaps": "leaps over an octave",
    "entropy": "pitch entropy, bits",
    "chords": "notes within 10 ms",
    "notes_per_second": "notes/s",
}


def measures(score: Score) -> dict[str, float]:
    """The MEASURES of the first NOTES notes of a Score; NaN for all where it has fewer than two."""
    notes = score.notes[:NOTES]
    if len(notes) < 2:
        return dict.fromkeys(MEASURES, math.nan)
    pitches = notes["pitch"].astype(int)
    leaps = np.abs(np.diff(pitches))
    onsets = score.seconds(notes["onset"].astype(np.float64))
    share = np.bincount(pitches) / len(pitches)
    share = share[share > 0]
    length = float(onsets[-1] - onsets[0])
    return {
        "pitches": float(len(set(pitches.tolist()))),
        "range": float(pitches.max() - pitches.min()),
        "interval": float(leaps.mean()),
        "leaps": float((leaps > OCTAVE).mean()),
        "entropy": float(-(share * np.log2(share)).sum()),
        "chords": float((np.diff(onsets) < TOGETHER).mean()),
        "notes_per_second": (len(notes) - 1) / length if length else math.nan,
    }


def mean_of(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every measure over pieces."""
    known = {name: [one[name] for one in found if not math.isnan(one[name])] for name in MEASURES}
    return {name: float(np.mean(values)) if values else math.nan for name, values in known.items()}


def real(bench: Bench, arm: str, count: int = 32) -> dict[str, float]:
    """The measures of passages of real held-out pieces, as long as a composed piece."""

    def measure() -> dict[str, float]:
        material = bench.material(arm)
        pieces = material.packed("valid").pieces()
        parts = [
            _part(material.encoding, piece, PROMPT, NOTES) for piece in pieces[:: max(1, len(pieces) // count)]
        ]
        return mean_of([measures(part) for part in parts])

    out: dict[str, float] = bench.once(f"{arm}-real", measure, arms=[arm])
    return out


def composed(
    bench: Bench, arm: str, temperature: float = 1.0, count: int = 4, formats: Formats = ()
) -> dict[str, float]:
    """The mean measures of `count` pieces of an arm, the prompt left out; written where `formats` are given.

    As in the tutorial, pitch is drawn and step and duration are the foretold numbers; a model whose step and
    duration are distributions draws them too.
    """

    def make() -> dict[str, float]:
        from etude.lab.composing import compose

        loaded = bench.load(arm)
        material = bench.material(arm)
        piece = material.packed("valid").pieces()[0]
        pieces = compose(
            loaded,
            prompt=_part(material.encoding, piece, 0, PROMPT),
            out=folder_of(bench, arm) if formats else None,
            formats=formats or ("mid",),
            count=count,
            seed=0,
            steps=NOTES,
            sampling={"temperature": _temperatures(bench, arm, temperature)},
        )
        return mean_of([measures(_after(piece.score, piece.prompt_end)) for piece in pieces])

    key = "-".join([arm, "composed", f"{temperature:g}", str(count), *formats])
    out: dict[str, float] = bench.once(key, make, arms=[arm])
    return out


def folder_of(bench: Bench, arm: str) -> Path:
    """Where the pieces of an arm lie."""
    return bench.folder / "pieces" / arm


def _temperatures(bench: Bench, arm: str, temperature: float) -> tuple[float, ...]:
    from etude.lab.weights import recipe_of

    fields = len(bench.material(arm).encoding.fields)
    means = recipe_of(bench.run(arm)).model_config().head == "mean"
    return (temperature, *[0.0 if means else temperature] * (fields - 1))


def _part(encoding: Encoding, piece: Steps, first: int, notes: int) -> Score:
    from etude.encodings import decode

    return decode(encoding, np.concatenate([piece[:1], piece[1 + first : 1 + first + notes]]))


def _after(score: Score, tick: int) -> Score:
    from dataclasses import replace

    return replace(score, notes=score.notes[score.notes["onset"] >= tick])
