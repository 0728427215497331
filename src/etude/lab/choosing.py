"""Which recipe suits a collection, and why, in words a person can check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from etude.data import CollectionSummary

SMALL = 30_000  # notes; below it the model is made narrower and forgets more
LARGE = 1_000_000


@dataclass(frozen=True)
class Choice:
    """A recipe, settings that go with it, and the reason."""

    recipe: str
    reason: str
    settings: list[str] = field(default_factory=list)


def choose(summary: CollectionSummary) -> Choice:
    """The recipe for a collection that looks like `summary`."""
    recipe, reason = _kind(summary)
    settings = []
    size = f"{summary.notes:,} notes in {summary.pieces} pieces"
    if summary.notes < SMALL:
        settings = ["model.width=128", "model.dropout=0.3"]
        size += ": little, so the model is narrow and forgets much (width 128, dropout 0.3)"
    elif summary.notes > LARGE and recipe != "chorale":
        settings = ["model.width=256", "model.layers=6", "model.dropout=0.1"]
        size += ": much, so the model is wide and deep (256, 6 layers)"
    return Choice(recipe, f"{reason}; {size}.", settings)


def _kind(summary: CollectionSummary) -> tuple[str, str]:
    if summary.drums > 0.5:
        return "drums", f"{summary.drums:.0%} of the notes are drums"
    if summary.is_performed:
        return "performance", f"{summary.performed:.0%} of the pieces were played freely, not written on a grid"
    if summary.four_voices > 0.8:
        return "chorale", f"{summary.four_voices:.0%} of the pieces are written in four voices"
    if summary.monophonic > 0.8:
        return "folk", f"{summary.monophonic:.0%} of the pieces are written melodies of one voice"
    if summary.voices > 1.5 or summary.drums > 0.02:
        return "band", f"written music with {summary.voices:g} tracks in the middle piece"
    return "scores", "written music of several voices in one track"
