"""Another split of a collection than its own, for studies: in file order, by file, or by work.

in-order:0.9   pieces in the order they were read; the first 90 % of their steps are train, the rest valid, no test.
               A piece that the border cuts goes where its middle lies. Copies in other keys stay where they stand.
by-file:0.9    pieces drawn at random, whatever they repeat: 90 % train, the rest valid
by-work:0.9    the same for whole groups: pieces with one composer and title, and pieces that repeat each other

Of in-order and by-file a held-out piece may stand on the train side in another key, or another performance of its
work: they are here to reproduce what others measured, and to show what that is worth. Under by-file and by-work the
test side is the official one where the source has one, else empty; by-work then leaves out of training and
validation what repeats a test piece or is of its work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from etude.data.collection import Collection, Piece
from etude.errors import UsageError

KINDS = ("in-order", "by-file", "by-work")


@dataclass(frozen=True)
class Division:
    """A kind of split and the share of its train side; `str` gives the text it was parsed from."""

    kind: str
    share: float
    seed: int = 0

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Division:
        """The Division that `text` names. Raises UsageError saying what is possible."""
        kind, _, share = text.partition(":")
        try:
            wanted = float(share)
        except ValueError:
            wanted = 0.0
        if kind not in KINDS or not 0 < wanted < 1:
            raise UsageError(
                f"'{text}' is no split. Write one of {', '.join(KINDS)} and the share of the train side, for "
                "example by-work:0.9; leave it empty for the collection's own split."
            )
        return cls(kind, wanted, seed)

    def __str__(self) -> str:
        return f"{self.kind}:{self.share:g}"


def undivided(collection: Collection) -> Collection:
    """The collection with every stored piece, repeated ones too, on the train side."""
    return _with_sides(collection, {piece.index: "train" for piece in _all(collection)}, "everything", 0)


def divided(collection: Collection, division: Division, lengths: Mapping[str, int] | None = None) -> Collection:
    """The collection split by `division`. `lengths` are the steps of each piece by id, which in-order needs."""
    if division.kind == "in-order":
        sides = _in_order(_all(collection), division.share, lengths or {})
    else:
        test = (
            {piece.index for piece in collection.pieces("test")} if collection.page["split"]["official"] else set()
        )
        by_file = division.kind == "by-file"
        pieces = _all(collection) if by_file else list(collection.pieces())
        groups = [[piece] for piece in pieces] if by_file else list(_works(pieces))
        sides = _at_random(groups, division, test)
    return _with_sides(collection, sides, str(division), division.seed)


def _all(collection: Collection) -> list[Piece]:
    """Every stored piece in the order it was read."""
    return list(collection.pieces(duplicates=True))


def _in_order(pieces: Sequence[Piece], share: float, lengths: Mapping[str, int]) -> dict[int, str]:
    steps = np.array([lengths.get(piece.id, 0) for piece in pieces], np.int64)
    middles = np.cumsum(steps) - steps / 2
    border = share * steps.sum()
    return {
        piece.index: "train" if middle <= border else "valid" for piece, middle in zip(pieces, middles.tolist())
    }


def _at_random(groups: Sequence[Sequence[Piece]], division: Division, test: set[int]) -> dict[int, str]:
    """Whole groups in a random order, until the train side has its share; groups with a test piece give only it."""
    sides = dict.fromkeys(test, "test")
    free = [group for group in groups if not any(piece.index in test for piece in group)]
    wanted = division.share * sum(map(len, free))
    placed = 0
    for number in np.random.default_rng(division.seed).permutation(len(free)).tolist():
        side = "train" if placed + len(free[number]) / 2 <= wanted else "valid"
        sides.update({piece.index: side for piece in free[number]})
        placed += len(free[number])
    return sides


def _works(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces in groups: one composer and title, or one group of near-duplicates, directly or in a chain."""
    parent = list(range(len(pieces)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, piece in enumerate(pieces):
        for key in filter(None, (piece.work, piece.group and f"group of {piece.group}")):
            a, b = sorted((root(number), root(first.setdefault(key, number))))
            parent[b] = a
    groups: dict[int, list[Piece]] = {}
    for number, piece in enumerate(pieces):
        groups.setdefault(root(number), []).append(piece)
    yield from groups.values()


def _with_sides(collection: Collection, sides: Mapping[int, str], rule: str, seed: int) -> Collection:
    """A view of the collection with other sides, and a name of its content that tells them apart."""
    told = json.dumps([collection.content, sorted(sides.items())])
    split = {"rule": rule, "official": False, "seed": seed, "instead_of": collection.page["split"]["rule"]}
    page = {**collection.page, "split": split, "content": hashlib.sha256(told.encode()).hexdigest()}
    return replace(collection, page=page, sides=sides)
