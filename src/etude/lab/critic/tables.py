"""A report card as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from etude.evaluation.corruptions import STRENGTHS

Table = tuple[str, list[str], list[tuple[Any, ...]]]  # title, header, rows

LEAKS = {
    "encoding": "sent through the encoding of the weaker models",
    "mid": "written as MIDI and read again",
    "musicxml": "written as MusicXML and read again",
    "abc": "written as ABC and read again",
    "velocity": "every note at a loudness drawn by chance",
    "length": "longer real pieces against shorter ones",
}


def tables(card: Mapping[str, Any]) -> Iterator[Table]:
    """Damage by type and strength, generators, the mixture beside trivial judges, leaks."""
    strengths = [f"{strength:g}" for strength in STRENGTHS]
    names = [f"{strength:.0%}" for strength in STRENGTHS[:-1]] + ["full"]
    rows: list[tuple[Any, ...]] = [
        (kind, *(_area(row.get(strength)) for strength in strengths)) for kind, row in card["damage"].items()
    ]
    rows.append(("mean", *(_three(card["mean_by_strength"].get(strength)) for strength in strengths)))
    yield "Area under the curve, real pieces against damaged ones", ["damage", *names], rows
    made = [(name, side, _bounds(one)) for side, own in card["generators"].items() for name, one in own.items()]
    yield "Area under the curve, real pieces against generators", ["generator", "in training", "area (95 %)"], made
    yield "The mixture of all of it", *_mixture(card["mixture"])
    leaks = [(LEAKS[what], _three(one["area"]), _three(one.get("most"))) for what, one in card["leaks"].items()]
    yield "Leaks: 0.500 is none", ["real pieces beside themselves", "area", "largest change of a logit"], leaks


def _mixture(mixture: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    header = ["judge", "balanced accuracy (95 %)", "area", "calibration error"]
    rows: list[tuple[Any, ...]] = [
        ("always the same", f"0.500; plain accuracy {mixture['majority']:.3f}", None, None)
    ]
    for name, key in (("logistic model on the measures", "measures"), ("critic", "critic")):
        one = mixture[key]
        rows.append((name, _bounds(one["balanced_accuracy"]), _area(one["area"]), _three(one["calibration_error"])))
    rows.append(("critic less measures", _bounds(mixture["gain"]), None, None))
    return header, rows


def sentences(card: Mapping[str, Any]) -> list[str]:
    """What the card says in words."""
    mixture, mean = card["mixture"], card["mean_by_strength"]
    weakest = min(card["full"], key=card["full"].get)
    unseen = card["generators"].get("unseen", {})
    worst = min(unseen, key=lambda name: float(unseen[name]["value"]), default="")
    better = mixture["gain"]["low"] > 0
    than = "better than" if better else "not shown to be better than"
    lines = [
        f"Held-out pieces: {card['pieces']}. Mean area {_three(mean['1'])} at full strength, "
        f"{_three(mean['0.05'])} at 5 %; weakest at full strength: {weakest} ({card['full'][weakest]:.3f}).",
        f"The critic is {than} a logistic model on the measures.",
    ]
    if worst:
        lines.append(
            f"Of the generators it never heard '{worst}' is nearest to real music ({_bounds(unseen[worst])})."
        )
    return lines


def _area(one: Mapping[str, float] | None) -> str | None:
    return None if one is None else _three(one["value"])


def _three(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _bounds(one: Mapping[str, float]) -> str:
    return f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
