"""Held-out pieces as one encoding writes them, and how much music they are whatever the encoding.

Conventions
    Steps are int32[T, K], begin step first, end step last. An amount that is not known is None, and the figure that
    would be divided by it NaN. `notes` are those the encoding holds; `source_notes` those of the pieces themselves,
    the same for every encoding: an encoding that drops notes looks cheap by the former and not by the latter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from etude.encodings.base import Encoding
from etude.errors import UsageError
from etude.evaluation.likelihood import Likelihood, likelihood
from etude.evaluation.protocols import Protocol, Steps
from etude.stepper import Scorer

HAPPENINGS = ("onsets", "changes")  # methods of an encoding whose steps are frames: steps -> bool[T, K]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """P pieces to be priced. Arrays are [P]; `parts` are masks bool[T, K] a piece, by name."""

    pieces: Sequence[Steps]
    field_names: Sequence[str]
    notes: NDArray[np.int64]
    source_notes: NDArray[np.int64] | None = None
    seconds: NDArray[np.float64] | None = None
    quarters: NDArray[np.float64] | None = None
    parts: Mapping[str, Sequence[NDArray[np.bool_]]] = field(default_factory=dict)

    @classmethod
    def of(cls, pieces: Sequence[Steps], notes: ArrayLike, field_names: Sequence[str]) -> HeldOut:
        """Pieces of which no more is known than their notes (int[P]).

        Raises UsageError when there are not as many numbers as pieces.
        """
        counts = np.asarray(notes, np.int64)
        if len(counts) != len(pieces):
            raise UsageError(f"{len(pieces)} pieces and {len(counts)} counts of notes do not go together.")
        return cls(pieces, field_names, counts)

    def __len__(self) -> int:
        """The number of pieces."""
        return len(self.pieces)

    def taken(self, rows: Sequence[int]) -> HeldOut:
        """The pieces of these numbers, in this order."""
        chosen = list(rows)
        arrays: dict[str, Any] = {
            name: None if column is None else column[chosen]
            for name, column in ((name, getattr(self, name)) for name in _AMOUNTS)
        }
        parts = {name: [masks[row] for row in chosen] for name, masks in self.parts.items()}
        return replace(self, pieces=[self.pieces[row] for row in chosen], parts=parts, **arrays)

    def price(self, scorer: Scorer, protocol: Protocol | str = "full") -> Likelihood:
        """What these pieces cost under `scorer`."""
        return likelihood(
            scorer,
            self.pieces,
            protocol,
            field_names=self.field_names,
            parts=self.parts,
            **{name: _sum(getattr(self, name)) for name in _AMOUNTS},
        )


_AMOUNTS = ("notes", "source_notes", "seconds", "quarters")


def happenings(encoding: Encoding, pieces: Sequence[Steps]) -> dict[str, list[NDArray[np.bool_]]]:
    """Name -> a mask bool[T, K] a piece: where notes begin, and where anything changes; {} for other encodings.

    Only an encoding whose steps are frames of time says so: there most values merely go on, and their price hides
    what the model knows of music. Every step of other encodings is a happening.
    """
    return {
        name: [getattr(encoding, name)(piece) for piece in pieces] for name in HAPPENINGS if hasattr(encoding, name)
    }


def _sum(column: NDArray[Any] | None) -> Any:
    return None if column is None else column.sum().item()
