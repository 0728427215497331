"""What a recipe is trained and judged on: its collection, its encoding, and both sides as steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.lab.recipe import DataConfig

if TYPE_CHECKING:
    from etude.data import Collection, Packed, Repeated
    from etude.encodings import Encoding

Progress = Callable[[int, int], None]


def nothing(done: int, total: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Material:
    """A collection seen through an encoding."""

    collection: Collection
    encoding: Encoding
    guarded: Collection | None = None  # its held-out pieces, and all that repeats them, stay unlearned
    data: DataConfig = field(default_factory=DataConfig)

    @classmethod
    def of(cls, data: DataConfig, encoding: Encoding, progress: Progress = nothing) -> Material:
        """The material of a recipe. Raises BadInput when the collection cannot be used."""
        from etude.data import Collection

        guarded = Collection.open(data.without, tracks=data.tracks) if data.without else None
        collection = Collection.open(data.collection, tracks=data.tracks, progress=progress)
        return cls(_split(collection, data, encoding), encoding, guarded, data)

    def packed(self, split: str, tempos: tuple[float, ...] = (1.0,), only: set[str] | None = None) -> Packed:
        """All pieces of a split, or those called `only`, as steps.

        Raises BadInput naming what to do when there are none.
        """
        from etude.data import pack

        packed = pack(self.collection, self.encoding, split, tempos=tempos, only=only)
        if not len(packed):
            raise BadInput(
                f"The collection {self.collection.name} has no piece on its '{split}' side: {len(self.collection)} "
                "pieces are too few to hold some out. Add more music; three different pieces are the least.",
                Reason.EMPTY,
            )
        return packed

    @property
    def left_out(self) -> dict[str, str]:
        """Piece here -> the held-out piece of the guarded collection that it repeats (transposed ones count)."""
        return self.repeated.pieces

    @cached_property
    def repeated(self) -> Repeated:
        """What repeats held-out pieces of the guarded collection, or shares passages with them if so asked."""
        from etude.data import Repeated, repeats, shared_passages

        if self.guarded is None:
            return Repeated()
        whole = repeats(self.collection, self.guarded)
        asked = self.data.passages
        return whole | shared_passages(self.collection, self.guarded, asked) if asked else whole

    @cached_property
    def train(self) -> Packed:
        """The pieces to learn from."""
        first = tuple(sorted(self.data.stretch, key=lambda factor: factor != 1.0))  # what is counted is unstretched
        if not self.data.pieces:
            return self.packed("train", first).without(self.left_out)
        there = [piece.id for piece in self.collection.pieces("train")]
        return self.packed("train", first, _chosen([one for one in there if one not in self.left_out], self.data))

    @cached_property
    def valid(self) -> Packed:
        """The pieces by which choices are made while training: all on validation unless fewer are asked for."""
        packed, wanted = self.packed("valid"), self.data.valid_pieces
        if not 0 < wanted < len(packed):
            return packed
        return packed.only({packed.ids[(2 * i + 1) * len(packed) // (2 * wanted)] for i in range(wanted)})

    def record(self) -> dict[str, Any]:
        """What a run keeps as `split.json`: the sides, what they share, and what was left out."""
        import numpy as np

        from etude.data import shared_by_sides, told_values

        used = {"train": self.train.ids, "valid": self.packed("valid").ids}
        return {
            **self.collection.split_record(),
            "licence": self.collection.licence,
            "may_ship": self.collection.may_ship,
            "longest_steps": int(np.diff(self.train.offsets).max()),
            "told": told_values(self.train, (self.data.transpose[0], self.data.transpose[-1])),
            "learned": list(self.train.ids) if self.data.pieces else len(self.train),
            "judged_by": list(self.valid.ids) if self.data.valid_pieces else len(self.valid),
            "shared": shared_by_sides(self.collection, used),
            "left_out": self.left_out,
            "guarded": self._guarded(),
            "not_encodable": self.train.not_encodable + self.valid.not_encodable,
        }

    def _guarded(self) -> dict[str, Any]:
        """How many pieces of which collection were guarded, and at what price."""
        if self.guarded is None:
            return {}
        dropped = {piece.id for piece in self.collection.pieces("train")} & set(self.left_out)
        return {
            "collection": self.guarded.name,
            "passages": self.data.passages,
            "held_out": len(self.guarded.pieces("valid")) + len(self.guarded.pieces("test")),
            "touched": {side: self._touched(side) for side in ("valid", "test")},
            "left_out": len(self.left_out),
            "left_out_of_training": len(dropped),
        }

    def _touched(self, side: str) -> int:
        """How many pieces on one side of the guarded collection something here repeats."""
        pieces = self.guarded.pieces(side) if self.guarded else ()
        return sum(piece.id in self.repeated.touched for piece in pieces)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field."""
        return tuple(field.size for field in self.encoding.fields)

    @property
    def field_names(self) -> list[str]:
        """The names of the fields."""
        return [field.name for field in self.encoding.fields]


def _split(collection: Collection, data: DataConfig, encoding: Encoding) -> Collection:
    """The collection with the split that was asked for."""
    from etude.data import Division, divided, pack, undivided

    if not data.split:
        return collection
    division = Division.parse(data.split, data.seed)
    if division.kind != "in-order":
        return divided(collection, division)
    whole = pack(undivided(collection), encoding, "train")
    lengths = {name: len(whole.sequence(number)) for number, name in enumerate(whole.ids)}
    return divided(collection, division, lengths)


def _chosen(ids: Sequence[str], data: DataConfig) -> set[str]:
    """As many of `ids` as are asked for: the first in an order that hangs on their names and the seed alone."""
    from etude.data.splits import place

    if data.pieces > len(ids):
        raise UsageError(f"data.pieces={data.pieces}: the training side holds {len(ids)} pieces.")
    return set(sorted(ids, key=lambda name: (place(name, data.seed), name))[: data.pieces])
