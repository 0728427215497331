"""The best of several pieces, as a critic hears them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from etude.lab.composing import Piece
    from etude.lab.critic.judge import PieceJudge


def best_of(pieces: Iterable[Piece], count: int, judge: PieceJudge) -> Iterator[Piece]:
    """Of every `count` pieces in a row the one that the judge prefers, with its chance of being real."""
    rest = iter(pieces)
    while group := list(islice(rest, count)):
        logits = judge.logits([piece.score for piece in group])
        best = int(np.argmax(logits))
        yield replace(group[best], critic=float(1 / (1 + np.exp(-logits[best]))))
