"""The page of `etude evaluate --html`: what held-out music costs, how training went, what the model composes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from etude.lab.evaluating import Evaluation
from etude.lab.judgement import Judgement
from etude.lab.page import Section, Table
from etude.lab.plots import loss_curve
from etude.lab.report.music import band_section, form_section, histogram_section, piece_section
from etude.lab.report.shelf import Plot, Shelf, csv_text, number
from etude.lab.report.standing import memory_section
from etude.lab.sampled import Sampled

if TYPE_CHECKING:
    from etude.lab.comparing import Comparison

UNITS = (
    "bits_per_note",
    "bits_per_note_within",
    "bits_per_second",
    "bits_per_quarter",
    "nats_per_step",
    "perplexity",
)
HEADER = (
    "model",
    "bits per note",
    "+- (95 %)",
    "bits per second",
    "bits per quarter",
    "nats per step",
    "perplexity",
)


def evaluate_report(judgement: Judgement, folder: Path, command: str = "") -> Path:
    """The page, written to `folder`; the numbers of each plot stand beside it as CSV."""
    shelf = Shelf(folder)
    sections = [Section("What this says", points=list(map(str, judgement.findings)))]
    sections += [_prices(shelf, one) for one in judgement.evaluations]
    if judgement.comparison:
        sections.append(_others(judgement.comparison))
    if judgement.memory:
        sections.append(memory_section(shelf, judgement.memory))
    sections += _course(shelf, judgement)
    if judgement.heard:
        sections += _music(shelf, judgement.heard)
    return shelf.write(f"Evaluation of {judgement.loaded.name}", _lead(judgement), sections, command)


def _lead(judgement: Judgement) -> str:
    first = judgement.evaluations[0]
    return (
        f"{first.model.pieces} pieces that were held out ({first.split}), {first.model.notes:,} notes, encoded as "
        f"'{judgement.loaded.encoding.name}'."
    )


def _prices(shelf: Shelf, found: Evaluation) -> Section:
    """What the pieces cost under one protocol, in every unit; fields and happenings apart."""
    figures = {name: [getattr(one, unit) for unit in UNITS] for name, one in found.named.items()}
    rows = [(name, *map(number, values)) for name, values in figures.items()]
    bits = [one.bits_per_note for one in found.named.values()]
    name = found.protocol.replace(":", "-")
    shelf.keep(f"likelihood-{name}.csv", csv_text(HEADER, [(name, *values) for name, values in figures.items()]))
    text = (
        f"Protocol {found.protocol}. Lower is better; the interval is over pieces. A baseline that the model does "
        "not beat would be news."
    )
    tables = [Table(HEADER, rows, bits.index(min(bits)), f"likelihood-{name}.csv")]
    if len(found.model.nats_per_field) in range(2, 13):
        tables.append(_fields(found))
    if found.model.parts:
        tables.append(_parts(found))
    return Section("What held-out music costs", text, tables)


def _fields(found: Evaluation) -> Table:
    names = list(found.model.nats_per_field)
    rows = [(name, *(number(one.nats_per_field[field]) for field in names)) for name, one in found.named.items()]
    return Table(("nats per step, by field", *names), rows)


def _parts(found: Evaluation) -> Table:
    header = ("model", "where", "share of values", "nats per value", "bits per note there", "bits per note in all")
    rows = [(row[1], row[2], *map(number, row[3:])) for row in found.part_rows()]
    return Table(header, rows)


def _others(comparison: Comparison) -> Section:
    rows: list[Sequence[str]] = [
        [cell if isinstance(cell, str) else number(cell) for cell in row.row()] for row in comparison.rows
    ]
    left = f" {len(comparison.left_out)} pieces were left out." if comparison.left_out else ""
    text = (
        f"Models of any encoding on the same {comparison.pieces} pieces, over the notes, seconds and quarters of "
        f"the pieces themselves.{left} An encoding that drops notes looks cheap: see how many it keeps."
    )
    return Section("Beside other models", text, [Table(comparison.HEADER, rows)])


def _course(shelf: Shelf, judgement: Judgement) -> list[Section]:
    """The loss curve of the run; nothing for a counted or an exported model."""
    records = judgement.records
    if len(records) < 2:
        return []
    own = judgement.question.data is None
    floors = {name: one.nats_per_step for name, one in judgement.evaluations[0].baselines.items()} if own else {}
    losses = [record["valid_nats_per_step"] for record in records]
    best = records[losses.index(min(losses))]
    plot = Plot(
        "loss",
        loss_curve(records, floors, "Loss while training"),
        "Training and held-out loss; dashed, what counting needs. A gap that widens is learning by heart.",
        f"Held-out loss fell from {losses[0]:.2f} to {min(losses):.2f} nats a step, at update {best['step']}; the "
        f"last was {losses[-1]:.2f}.",
        ("step", "seconds", "train nats per step", "held-out nats per step", "learning rate"),
        [
            [record.get(key) for key in ("step", "seconds", "train_nats_per_step", "valid_nats_per_step",
                                         "learning_rate")]
            for record in records
        ],
    )  # fmt: skip
    return [Section("How training went", "", [shelf.figure(plot)])]


def _music(shelf: Shelf, heard: Sampled) -> list[Section]:
    """What the model composes, beside real pieces through the same encoding."""
    from etude.evaluation import profile

    ours, real = profile(heard.pieces), profile(heard.real)
    titles = [f"composed piece {number}" for number in range(1, len(heard.pieces) + 1)]
    form = {
        name: [*columns[:1], *real[name][:1]]
        for name, columns in ours.items()
        if name in ("self_similarity", "novelty")
    }
    return [
        *band_section(shelf, heard.measured, heard.band),
        *histogram_section(shelf, ours, real),
        *form_section(shelf, ["composed piece 1", "a real piece"], form),
        piece_section(shelf, "What it composed", heard.pieces, titles),
        piece_section(
            shelf, "Real pieces, through the same encoding", heard.real[:2], ["real piece 1", "real piece 2"]
        ),
    ]
