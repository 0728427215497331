"""What the sides of a split share: the figures that say whether held-out pieces were really held out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from etude.data.build import read_prints
from etude.data.collection import Collection, Piece
from etude.data.splits import SPLITS


def shared_by_sides(
    collection: Collection, sides: Mapping[str, Iterable[str]] | None = None
) -> dict[str, dict[str, int]]:
    """For each two sides, "valid in train" and so on: how many pieces of the first one the second one has too.

    pieces: how many the first side holds. copies: those whose notes stand there, in the same or another key. alike:
    those with a near-duplicate there, copies among them. works: those whose composer and title stand there.
    `sides` names the pieces that were really used, by id; without it these are all of each side.
    """
    prints = read_prints(collection.folder / "figures")
    held: dict[str, Sequence[Piece]] = {side: collection.pieces(side) for side in SPLITS}
    for side, ids in (sides or {}).items():
        wanted = set(ids)
        held[side] = [piece for piece in held[side] if piece.id in wanted]
    found = {}
    for one, other in combinations(SPLITS, 2):
        there, here = held[one], held[other]
        copies = _shared([prints[p.index].shape for p in here], [prints[p.index].shape for p in there])
        groups = _shared([p.group or p.id for p in here], [p.group or p.id for p in there])
        works = _shared([p.work for p in here], [p.work for p in there])
        found[f"{other} in {one}"] = {
            "pieces": len(here),
            "copies": sum(copies),
            "alike": sum(a or b for a, b in zip(copies, groups)),
            "works": sum(works),
        }
    return found


def _shared(here: Sequence[str], there: Iterable[str]) -> list[bool]:
    known = set(there) - {""}
    return [key in known for key in here]
