"""The nats that conditions gain: held-out pieces priced with their own, with another piece's, and with none.

Protocol
    Every piece of the side is priced whole, control steps left out of the price. One condition at a time is told
    and the others are left open; in the last row all are told. "Shuffled" tells each piece what another one is,
    drawn without replacement from the same pieces (seed 0): what is gained over that is gained by being true. Only
    pieces whose condition is known count. Steps that state a condition outright (an ABC header) are priced
    too, and the rest is shown by itself: in a header a gain is no wonder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.loading import Loaded
from etude.lab.telling import control_of

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.encodings.conditions import Conditions

ALL = "all of them"
HEADER = (
    *("told", "pieces", "bits/note open", "true", "shuffled"),
    *("nats/piece over open", "over shuffled", "beyond the header"),
)


@dataclass(frozen=True)
class Gain:
    """What one condition gains. Nats a piece; arrays are [P], a row a piece, columns the header and the rest."""

    kind: str
    notes: int
    open: NDArray[np.float64]
    true: NDArray[np.float64]
    shuffled: NDArray[np.float64]

    @property
    def over_open(self) -> float:
        """Nats a piece that telling the truth gains over telling nothing."""
        return float((self.open - self.true).sum(axis=1).mean())

    @property
    def over_shuffled(self) -> float:
        """Nats a piece that telling the truth gains over telling what another piece is."""
        return float((self.shuffled - self.true).sum(axis=1).mean())

    @property
    def in_notes(self) -> float:
        """The part of `over_shuffled` that does not lie in the header."""
        return float((self.shuffled - self.true)[:, 1].mean())

    def bits_per_note(self, nats: NDArray[np.float64]) -> float:
        """Bits for each note of these pieces."""
        return float(nats.sum() / np.log(2) / self.notes)

    def row(self) -> tuple[Any, ...]:
        """The row under HEADER."""
        prices = (self.bits_per_note(nats) for nats in (self.open, self.true, self.shuffled))
        return self.kind, len(self.open), *prices, self.over_open, self.over_shuffled, self.in_notes

    def as_json(self) -> dict[str, Any]:
        """The figures by name."""
        names = ("pieces", "bits_per_note_open", "true", "shuffled", "over_open", "over_shuffled", "in_notes")
        return dict(zip(names, self.row()[1:], strict=True))


def gains(loaded: Loaded, pieces: Sequence[Steps], notes: Sequence[int]) -> list[Gain]:
    """A Gain a condition and one for all, on told `pieces` (int32[T, K]) of so many `notes`; [] for none."""
    control = control_of(loaded)
    if control is None:
        return []
    table = _Pieces(loaded, control, pieces, np.asarray(notes))
    return [found for kind in [*control.kinds, ALL] if (found := table.gain(kind)) is not None]


class _Pieces:
    """Told pieces that are priced again and again, each time told something else."""

    def __init__(
        self, loaded: Loaded, control: Conditions, pieces: Sequence[Steps], notes: NDArray[np.int64]
    ) -> None:
        self.loaded, self.control, self.pieces, self.notes = loaded, control, pieces, notes
        self.told = np.array([piece[1 : 1 + len(control.kinds), 0] for piece in pieces], np.int32)  # [P, C]
        self.nothing = control.openings()[self.told]
        self.header = len(control.kinds) + int(getattr(loaded.encoding, "heading", 0))
        self.open = self._priced(range(len(pieces)), self.nothing)

    def gain(self, kind: str) -> Gain | None:
        """What telling `kind` gains; None where fewer than two pieces are known by it."""
        columns = [column for column, name in enumerate(self.control.kinds) if kind in (name, ALL)]
        known = np.flatnonzero((self.told != self.nothing)[:, columns].any(axis=1))
        if len(known) < 2:
            return None
        true, shuffled = self.nothing[known].copy(), self.nothing[known].copy()
        others = np.random.default_rng(0).permutation(known)
        true[:, columns] = self.told[known][:, columns]
        shuffled[:, columns] = self.told[others][:, columns]
        return Gain(
            kind,
            int(self.notes[known].sum()),
            self.open[known],
            self._priced(known, true),
            self._priced(known, shuffled),
        )

    def _priced(self, rows: Any, told: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[P, 2]: nats of the header and of the rest of pieces `rows`, told `told` (int32[P, C])."""
        from etude.evaluation import Protocol, price_all

        sequences = []
        for row, values in zip(rows, told):
            steps = np.array(self.pieces[row], np.int32)
            steps[1 : 1 + len(values), 0] = values
            sequences.append(steps)
        prices = [nats.sum(axis=1) for nats in price_all(self.loaded.stepper, sequences, Protocol())]
        control = told.shape[1]
        return np.array([[one[control : self.header].sum(), one[self.header :].sum()] for one in prices])
