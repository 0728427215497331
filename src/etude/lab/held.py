"""The held-out pieces of a material with all that is known of them: notes, seconds, quarters, what happens when."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

import numpy as np

from etude.lab.material import Material

if TYPE_CHECKING:
    from etude.evaluation import HeldOut


def held_out(material: Material, split: str, only: Set[str] | None = None) -> HeldOut:
    """The pieces of a split that the encoding can hold, or those of them called `only`."""
    from etude.evaluation import HeldOut, happenings

    packed = material.packed(split)
    if only is not None:
        packed = packed.only(only)
    by_name = {piece.id: piece for piece in material.collection.pieces(split)}
    sources = [by_name[name] for name in packed.ids]
    scores = [source.score for source in sources]
    pieces = packed.pieces()
    return HeldOut(
        pieces=pieces,
        field_names=material.field_names,
        notes=packed.note_counts.astype(np.int64),
        source_notes=np.array([source.notes for source in sources], np.int64),
        seconds=np.array([score.duration for score in scores], np.float64),
        quarters=np.array([score.end / score.tpq for score in scores], np.float64),
        parts=happenings(material.encoding, pieces),
    )
