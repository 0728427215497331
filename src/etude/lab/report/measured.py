"""The page of `etude measure --html`: what the figures mean, all of them, and the pieces to see and hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from etude.lab.measuring import Measured
from etude.lab.page import Section, Table
from etude.lab.report.music import band_section, form_section, histogram_section, piece_section
from etude.lab.report.shelf import Shelf, csv_text, number
from etude.lab.report.standing import standing_sections

if TYPE_CHECKING:
    from etude.evaluation.sets import Apart, SetComparison, Variety

SHOWN = 15  # distances in the page
HEADER = ("measure", "unit", "better", "value", "95 % from", "to")
BESIDE = ("reference", "its 5 %", "its 95 %")
NOTES = (
    "Means over the pieces, with the interval that holds the mean in 95 of 100 draws of the pieces. A dash: not "
    "defined for this music."
)


def measure_report(measured: Measured, folder: Path, command: str = "") -> Path:
    """The page, written to `folder`; the numbers of each plot stand beside it as CSV."""
    from etude.evaluation import profile

    shelf = Shelf(folder)
    profiles = profile(measured.scores)
    real = profile(measured.real) if measured.real else None
    sections = [Section("What this says", points=list(map(str, measured.findings)))]
    if measured.reference:
        sections += band_section(shelf, measured.features.metrics, measured.reference.metrics)
    sections.append(_measures(shelf, measured))
    if measured.comparison and measured.variety:
        sections += [_distances(shelf, measured.comparison), _varied(measured.variety)]
    sections += standing_sections(shelf, measured)
    sections += histogram_section(shelf, profiles, real)
    sections += form_section(shelf, measured.names, profiles)
    sections.append(piece_section(shelf, "The pieces", measured.scores, measured.names))
    return shelf.write("Measures", _lead(measured), sections, command)


def _lead(measured: Measured) -> str:
    beside = ""
    if measured.reference:
        beside = f", beside {measured.reference.pieces} of '{measured.against}'"
    refused = f" {len(measured.refused)} could not be read." if measured.refused else ""
    return f"{measured.pieces} pieces{beside}.{refused}"


def _measures(shelf: Shelf, measured: Measured) -> Section:
    """Every measure, a table a family; all of them in measures.csv."""
    from etude.evaluation import all_metrics

    shown = all_metrics()
    keys = (
        "value",
        "low",
        "high",
        *(("reference", "reference_low", "reference_high") if measured.reference else ()),
    )
    values = {name: [found.get(key) for key in keys] for name, found in measured.metrics.items()}
    header = (*HEADER, *(BESIDE if measured.reference else ()))
    csv = csv_text(("family", *header), [(m.family, m.name, m.unit, m.better, *values[m.name]) for m in shown])
    shelf.keep("measures.csv", csv)
    tables = []
    for family in dict.fromkeys(metric.family for metric in shown):
        rows = [
            (metric.name.replace("_", " "), metric.unit, metric.better, *map(number, values[metric.name]))
            for metric in shown
            if metric.family == family
        ]
        tables.append(Table((family, *header[1:]), rows))
    tables[-1] = replace(tables[-1], numbers="measures.csv")
    return Section("Measures", NOTES, tables)


def _distances(shelf: Shelf, comparison: SetComparison) -> Section:
    """The set as a whole against the reference, what is furthest off first."""
    every = [one for each in comparison.features.values() for one in each.values()]
    header = ("feature", "distance", "value", "95 % from", "to", "floor from", "floor to", "verdict")
    rows: list[Sequence[object]] = [
        (one.name, one.measure, one.estimate.value, one.estimate.low, one.estimate.high, one.floor.low,
         one.floor.high, one.verdict)
        for one in (comparison.frechet, *every)
    ]  # fmt: skip
    shelf.keep("distances.csv", csv_text(header, rows))
    shown = [each["jensen_shannon"] for each in comparison.features.values()]
    shown.sort(key=lambda one: (one not in comparison.furthest, -np.nan_to_num(one.estimate.value, nan=-1.0)))
    cells = [_distance(one) for one in (comparison.frechet, *shown[:SHOWN])]
    text = (
        "Jensen-Shannon divergence of every feature (0 alike, 1 nothing in common) and Frechet distance of all, "
        "corrected for how few pieces there are. The floor is the same between two parts of the reference: what "
        f"lies above it is further off than real music is from itself. The {SHOWN} largest; the file has all "
        "features, with overlap and KL."
    )
    return Section("Distance from the reference", text, [Table(header, cells, numbers="distances.csv")])


def _distance(one: Apart) -> list[str]:
    figures = (one.estimate.value, one.estimate.low, one.estimate.high, one.floor.low, one.floor.high)
    names = (one.name.replace("_", " "), one.measure.replace("_", "-"))
    return [*names, *map(number, figures), one.verdict]


def _varied(variety: Variety) -> Section:
    """How unlike each other the pieces are, beside as many real ones."""
    header = ("figure", "value", "95 % from", "to", "real from", "real to", "verdict")
    rows = [
        (
            name.replace("_", " "),
            *map(number, (found.value, found.low, found.high, variety.real[name].low, variety.real[name].high)),
            variety.verdict(name),
        )
        for name, found in variety.figures.items()
    ]
    text = "How varied the set is, beside as many real pieces drawn at random from the reference."
    return Section("Variety", text, [Table(header, rows)])
