"""What of one collection repeats another: whole pieces in any key, long parts of them, and single passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from etude.data.build import read_prints
from etude.data.collection import Collection, Piece
from etude.data.duplicates import duplicates_across
from etude.data.fingerprints import passages
from etude.errors import UsageError
from etude.score import melody_intervals

LEAST_NOTES = 5  # of a passage: `etude.data.fingerprints` counts none with fewer different intervals than four


@dataclass(frozen=True)
class Repeated:
    """What of one collection repeats pieces of another, and which of the other's pieces are repeated."""

    pieces: dict[str, str] = field(default_factory=dict)  # id here -> the first id there that it repeats
    touched: frozenset[str] = frozenset()  # ids there

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Repeated:
        """From pairs of an id here and an id there."""
        found = sorted(pairs, key=lambda pair: pair[0])
        return cls(dict(reversed(found)), frozenset(theirs for _, theirs in found))

    def __or__(self, other: Repeated) -> Repeated:
        return Repeated({**other.pieces, **self.pieces}, self.touched | other.touched)


def duplicates_between(ours: Collection, theirs: Collection, *, held_out: bool = True) -> dict[str, str]:
    """For each piece of `ours` that repeats one of `theirs` (of its valid and test pieces): id -> id there.

    Leave these out before training on `ours` what is to be tested on `theirs`.
    """
    return repeats(ours, theirs, held_out=held_out).pieces


def repeats(ours: Collection, theirs: Collection, *, held_out: bool = True) -> Repeated:
    """What of `ours` repeats, in any key, a piece of `theirs` (of its valid and test sides) or long parts of it."""
    mine, other = ours.pieces(duplicates=True), _wanted(theirs, held_out)
    prints = read_prints(ours.folder / "figures"), read_prints(theirs.folder / "figures")
    pairs = duplicates_across(
        [prints[0][piece.index] for piece in mine], [prints[1][piece.index] for piece in other]
    )
    return Repeated.of((mine[pair.first].id, other[pair.second].id) for pair in pairs)


def shared_passages(ours: Collection, theirs: Collection, notes: int, *, held_out: bool = True) -> Repeated:
    """What of `ours` shares `notes` melody notes in a row, in any key and rhythm, with a piece of `theirs`.

    The melody is the highest note at each onset, as written. Raises UsageError for passages that say nothing.
    """
    if notes < LEAST_NOTES:
        raise UsageError(f"A passage of {notes} notes says nothing; {LEAST_NOTES} are the least, 17 are usual.")
    mine, other = ours.pieces(duplicates=True), _wanted(theirs, held_out)
    lines = [melody_intervals(piece.score).astype(np.int32) + 128 for piece in (*mine, *other)]
    hashes, owners = passages(lines, notes - 1)
    starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])) if len(hashes) else np.zeros(0, np.int64)
    pairs: set[tuple[int, int]] = set()
    for group in np.split(owners, starts[1:]):
        border = int(np.searchsorted(group, len(mine)))  # the owners of one passage are sorted
        pairs.update((a, b) for a in group[:border].tolist() for b in group[border:].tolist())
    return Repeated.of((mine[a].id, other[b - len(mine)].id) for a, b in sorted(pairs))


def _wanted(theirs: Collection, held_out: bool) -> Sequence[Piece]:
    pieces = theirs.pieces(duplicates=True)
    return [piece for piece in pieces if piece.split in ("valid", "test")] if held_out else pieces
