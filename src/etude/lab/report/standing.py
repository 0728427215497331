"""What the reports say of memory, of copying, and of the temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from etude.lab.page import Figure, Section, Table
from etude.lab.report.drawing import curves_svg
from etude.lab.report.shelf import Plot, Shelf, csv_text, number
from etude.lab.standing import real_row

if TYPE_CHECKING:
    from etude.evaluation.sets import Estimate
    from etude.lab.measuring import Measured
    from etude.lab.remembering import Memory
    from etude.lab.standing import Copied, Heat

MOST = 10  # pieces of the table of what was copied


def memory_section(shelf: Shelf, memory: Memory) -> Section:
    """Prices by visible context and by place in the piece, a curve a model, and the gain on the second strain."""
    contexts = {name: one.by_context for name, one in memory.models.items()}
    places = {name: one.by_place for name, one in memory.models.items()}
    figures = [
        _curves(shelf, "memory-by-context", contexts, "steps that a step sees before it"),
        _curves(shelf, "memory-by-place", places, "steps from the start of the piece"),
    ]
    rows = [
        (name, number(one.context_gain), *map(number, _figures(one.strain_gain)))
        for name, one in memory.models.items()
    ]
    header = ("model", "whole piece over 16 steps", "2nd strain over 1st", "95 % from", "to")
    text = f"Nats a step, less is better, with 95 % intervals over pieces. {memory.sentence}"
    return Section("What it remembers of a piece", text, [*figures, Table(header, rows)])


def _figures(one: Estimate) -> tuple[float, float, float]:
    return one.value, one.low, one.high


def _curves(shelf: Shelf, name: str, models: Mapping[str, Mapping[str, Estimate]], axis: str) -> Figure:
    labels = list(next(iter(models.values())))
    values = {
        model: np.array([_figures(found[label]) for label in labels], np.float64).reshape(-1, 3)
        for model, found in models.items()
    }
    first = next(iter(values.values()))
    rows = [(model, label, *row) for model, table in values.items() for label, row in zip(labels, table.tolist())]
    alternative = "No piece is long enough."
    if len(labels):
        alternative = (
            f"The model pays {first[0, 0]:.2f} nats at {labels[0]} and {first[-1, 0]:.2f} at {labels[-1]}."
        )
    plot = Plot(
        name,
        curves_svg(labels, values, (axis, "nats per step")),
        f"What a step costs, by the {axis}. A curve that still falls on the right is memory put to use.",
        alternative,
        ("model", axis, "nats per step", "95 % from", "95 % to"),
        rows,
    )
    return shelf.figure(plot)


def standing_sections(shelf: Shelf, measured: Measured) -> list[Section]:
    """What the pieces copy of the collection, and how they change with the temperature."""
    if measured.copied is None:
        return []
    found = [_copied(shelf, measured.copied)]
    return [*found, _heats(measured.heats, measured.copied)] if measured.heats else found


def _copied(shelf: Shelf, copied: Copied) -> Section:
    every = copied.rows(len(copied.each))
    shelf.keep("copied.csv", csv_text(copied.HEADER, every))
    return Section(
        "Originality", copied.sentence, [Table(copied.HEADER, _cells(every[:MOST]), numbers="copied.csv")]
    )


def _heats(heats: Sequence[Heat], copied: Copied) -> Section:
    rows = [*(heat.row() for heat in heats), real_row(heats, copied)]
    text = "The pieces by the temperature they were drawn at, and as many real pieces under them."
    return Section("By temperature", text, [Table(heats[0].HEADER, _cells(rows))])


def _cells(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[number(cell) if isinstance(cell, float) else "-" if cell is None else str(cell) for cell in row]
            for row in rows]  # fmt: skip
