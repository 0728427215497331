"""Held-out pieces with bars taken out, as one model is to fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import UsageError
from etude.lab.filling import bare, row_steps, told_kinds, trained, untrained
from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.score import Score, numbered_bars

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.encodings.infill import Cutting, Gap
    from etude.evaluation import Gapped, Protocol

SEED = 0


def gapped(loaded: Loaded, material: Material, split: str, protocol: Protocol) -> Gapped:
    """The pieces of a split that have so many bars with a note, a gap in each.

    Raises UsageError for both sides with a model that never learned to hear them.
    """
    from etude.encodings.infill import cutting, rearranged
    from etude.evaluation import Gapped

    if not protocol.left and not trained(loaded):
        raise UsageError(
            f"{untrained(loaded)} What it makes of the left side alone says the protocol {protocol}:left"
        )
    cuts, count = cutting(bare(loaded.encoding)), len(told_kinds(loaded))
    packed = material.packed(split)
    scores = {piece.id: piece.score for piece in material.collection.pieces(split)}
    pieces, spans, notes, told = [], [], [], []
    for number, (name, steps) in enumerate(zip(packed.ids, packed.pieces())):
        own = np.delete(steps, slice(1, 1 + count), axis=0)
        found = _chosen(cuts, scores[name], own, protocol.length, number)
        if found is None:
            continue
        gap, first, after = found
        pieces.append(steps)
        spans.append((first + count, after + count))
        notes.append(_notes(loaded.encoding, steps, *spans[-1]))
        told.append(rearranged(loaded.encoding, steps, gap, row_steps(loaded)) if not protocol.left else steps)
    both = () if protocol.left else tuple(told)
    return Gapped(pieces, spans, np.array(notes, np.int64), material.field_names, both)


def _chosen(cuts: Cutting, score: Score, own: Steps, bars: int, number: int) -> tuple[Gap, int, int] | None:
    """(the gap, its first step, the first behind it) of `bars` bars that hold a step; None where there are none."""
    from etude.encodings.infill import Gap

    spans = list(numbered_bars(score).values())
    ticks, possible = cuts.ticks(own), []
    for first, last in zip(spans, spans[bars - 1 :]):
        start, stop = cuts.to_ticks(score, np.array([first[0], last[1]])).tolist()
        gap = Gap(start, min(stop, int(ticks[-1])) if cuts.ends else stop)
        places = cuts.place(ticks, gap.start), cuts.place(ticks, gap.stop)
        if places[1] > places[0]:
            possible.append((gap, *places))
    random = np.random.default_rng((SEED, number))
    return possible[int(random.integers(len(possible)))] if possible else None


def _notes(encoding: Any, steps: Steps, first: int, after: int) -> int:
    """How many notes begin in steps [first, after)."""
    if hasattr(encoding, "onsets"):
        return int(encoding.onsets(steps)[first:after].sum())
    return int(encoding.note_count(steps[first:after]))
