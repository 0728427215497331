"""The page of the demo: evidence first, then everything to hear and see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.files import write_atomically
from etude.lab.composing import Piece
from etude.lab.history import evaluations_of
from etude.lab.page import Card, Figure, Section, Table, page
from etude.lab.plots import loss_curve
from etude.lab.run import Run

if TYPE_CHECKING:
    from etude.evaluation import Likelihood


@dataclass(frozen=True)
class Chapter:
    """Pieces that belong together, with a heading and a sentence about them."""

    title: str
    text: str
    pieces: Sequence[Piece]

    @property
    def slug(self) -> str:
        """The title as a file name."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())


def demo_page(
    run: Run,
    figures: Mapping[str, Any],
    evaluations: Mapping[str, Likelihood],
    chapters: Sequence[Chapter],
    out: Path,
) -> str:
    """The HTML of the demo page; the loss curve is written beside it."""
    records = evaluations_of(run)
    floors = {name: found.nats_per_step for name, found in evaluations.items() if name != "model"}
    write_atomically(out / "loss.svg", loss_curve(records, floors, "Loss while training").encode())
    curve = Figure(
        "loss.svg",
        "Held-out loss falls below the dashed baselines when the model knows more than counting does.",
        "Training and validation loss over seconds, with the n-gram baselines as level lines.",
    )
    recipe = run.recipe()
    lead = (
        f"{figures.get('parameters', 0):,} parameters, {figures.get('seconds', 0):.0f} seconds of training on "
        f"'{recipe['data']['collection']}', {figures.get('tokens_per_second', 0):,.0f} steps of music a second."
    )
    evidence = Section(
        "How good is it?",
        "Bits per note on tunes the model never saw, each whole from its start; copies and transposed copies of a "
        "tune stay on one side of the split. Lower is better. A baseline the model does not beat would be news.",
        [evaluation_table(evaluations), curve],
    )
    body = [evidence, *(_chapter(chapter, out) for chapter in chapters)]
    foot = chapters[0].pieces[0].score.meta.reproduce if chapters and chapters[0].pieces else ""
    return page("What etude learned", lead, body, foot)


def evaluation_table(evaluations: Mapping[str, Likelihood]) -> Table:
    """Name, bits per note, nats per step, perplexity of the model and its baselines; the best row is set apart."""
    cells = [
        (
            name,
            f"{found.bits_per_note:.2f}",
            f"{found.nats_per_step:.3f}",
            f"{found.perplexity:.2f}",
            f"{found.pieces}",
        )
        for name, found in evaluations.items()
    ]
    bits = [found.bits_per_note for found in evaluations.values()]
    return Table(
        ("", "bits per note", "nats per step", "perplexity", "held-out tunes"), cells, bits.index(min(bits))
    )


def _chapter(chapter: Chapter, out: Path) -> Section:
    return Section(chapter.title, chapter.text, cards=[_card(piece, out) for piece in chapter.pieces])


def _card(piece: Piece, out: Path) -> Card:
    names = [path.relative_to(out).as_posix() for path in piece.paths]
    audio = next((name for name in names if name.endswith(".wav")), None)
    rolls = [(name, f"Piano roll of {piece.score.meta.title}") for name in names if name.endswith(".png")]
    sheets = [(name, f"Sheet music of {piece.score.meta.title}") for name in names if ".sheet" in name]
    text = next((path.read_text("utf-8") for path in piece.paths if path.suffix == ".abc"), "")
    length = f"{len(piece.score)} notes, {piece.bars} bars, {piece.score.duration:.0f} s"
    heat = f"temperature {piece.temperature}, " if piece.score.meta.reproduce else ""
    ending = "" if piece.ended else ", cut at its full length"
    return Card(
        piece.score.meta.title or "untitled",
        f"{heat}{length}{ending}",
        audio,
        [*sheets, *rolls],
        [name for name in names if name.endswith((".mid", ".abc", ".wav"))],
        text,
    )
