"""What a recipe is trained and judged on: its collection, its encoding, and both sides as steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from etude.errors import BadInput, Reason
from etude.lab.recipe import DataConfig

if TYPE_CHECKING:
    from etude.data import Collection, Packed
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

    @classmethod
    def of(cls, data: DataConfig, encoding: Encoding, progress: Progress = nothing) -> Material:
        """The material of a recipe. Raises BadInput when the collection cannot be used."""
        from etude.data import Collection

        guarded = Collection.open(data.without, tracks=data.tracks) if data.without else None
        return cls(Collection.open(data.collection, tracks=data.tracks, progress=progress), encoding, guarded)

    def packed(self, split: str) -> Packed:
        """The pieces of a split as steps. Raises BadInput naming what to do when there are none."""
        from etude.data import pack

        packed = pack(self.collection, self.encoding, split)
        if not len(packed):
            raise BadInput(
                f"The collection {self.collection.name} has no piece on its '{split}' side: {len(self.collection)} "
                "pieces are too few to hold some out. Add more music; three different pieces are the least.",
                Reason.EMPTY,
            )
        return packed

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Piece here -> the held-out piece of the guarded collection that it repeats (transposed ones count)."""
        from etude.data import duplicates_between

        return duplicates_between(self.collection, self.guarded) if self.guarded else {}

    @cached_property
    def train(self) -> Packed:
        """The pieces to learn from."""
        return self.packed("train").without(self.left_out)

    @cached_property
    def valid(self) -> Packed:
        """The pieces by which choices are made."""
        return self.packed("valid")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field."""
        return tuple(field.size for field in self.encoding.fields)

    @property
    def field_names(self) -> list[str]:
        """The names of the fields."""
        return [field.name for field in self.encoding.fields]
