"""Both tables of what conditions do, for the terminal and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from etude.errors import UsageError
from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.lab.telling import control_of
from etude.lab.told.gains import HEADER as GAINED
from etude.lab.told.gains import Gain, gains
from etude.lab.told.obeyed import HEADER as OBEYED
from etude.lab.told.obeyed import Obeyed, obeyed


@dataclass(frozen=True)
class ToldTables:
    """What telling gains, and how often pieces are as asked."""

    gains: list[Gain]
    obeyed: list[Obeyed]

    @classmethod
    def of(cls, loaded: Loaded, material: Material, count: int, split: str = "valid") -> ToldTables:
        """The tables of a model, from `count` pieces a condition (0: none are made).

        Raises UsageError for a model that was taught no conditions.
        """
        if control_of(loaded) is None:
            raise UsageError(
                f"{loaded.name} was taught no conditions, so there is nothing to tell it. Leave --told out, or "
                "train one with --set encoding.conditions=key,meter --set data.left_open=0.5."
            )
        packed = material.packed(split)
        gained = gains(loaded, packed.pieces(), packed.note_counts.tolist())
        return cls(gained, obeyed(loaded, material, count=count, split=split) if count else [])

    def tables(self) -> list[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
        """(header, rows) of each table."""
        found = [(GAINED, [one.row() for one in self.gains])]
        return found + ([(OBEYED, [one.row() for one in self.obeyed])] if self.obeyed else [])

    def as_json(self) -> dict[str, Any]:
        """Both tables by condition."""
        return {
            "gains": {one.kind: one.as_json() for one in self.gains},
            "obeyed": [asdict(one) for one in self.obeyed],
        }
