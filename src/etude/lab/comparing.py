"""Models of any kind and encoding on the same held-out pieces, in units that do not hang on the encoding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.lab import baselines as floors
from etude.lab.evaluating import data_of, fitted_on
from etude.lab.held import held_out
from etude.lab.history import differences
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.evaluation import Difference, HeldOut, Likelihood

FLOOR = "ngram+copy"


@dataclass(frozen=True)
class Compared:
    """One model beside the first, over the notes, seconds and quarters of the pieces themselves."""

    name: str
    encoding: str
    found: Likelihood
    kept: float  # share of the pieces' notes that the encoding holds: what is not told costs nothing
    floor: Likelihood | None  # the n-gram with copying in the same encoding
    difference: Difference | None  # to the first, in bits for a note of the pieces; None for the first

    def row(self) -> tuple[Any, ...]:
        """The cells of the table that `etude evaluate --beside` prints."""
        one, gap = self.found, self.difference
        floor = self.floor.bits_per_source_note if self.floor else None
        beside = (
            (None, None) if gap is None else (f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})", gap.verdict)
        )
        units = (one.bits_per_source_note, one.bits_per_second, one.bits_per_quarter)
        return (self.name, self.encoding, *units, self.kept, floor, *beside)

    def answer(self) -> dict[str, Any]:
        """Plain values of all of it."""
        return {
            "name": self.name,
            "encoding": self.encoding,
            **self.found.as_json(),
            "kept_notes": self.kept,
            "floor": self.floor.as_json() if self.floor else None,
            "difference": {**vars(self.difference), "verdict": self.difference.verdict}
            if self.difference
            else None,
        }


@dataclass(frozen=True)
class Comparison:
    """Models on the pieces that all of them can hold and none of them has learned."""

    rows: list[Compared]
    pieces: int
    left_out: Mapping[str, str]  # piece -> why

    HEADER = (
        *("model", "encoding", "bits/source note", "bits/s", "bits/quarter", "notes kept", "its floor"),
        *("to the first (95 %)", "verdict"),
    )


def compare(
    models: Sequence[str | Path | Loaded],
    data: str | Path | None = None,
    *,
    protocol: str = "full",
    split: str = "valid",
    baselines: bool = True,
) -> Comparison:
    """The Comparison of `models` on one side of `data` (default: the first model's own collection).

    Raises UsageError under windows, which cut unlike encodings at unlike places; BadInput when no piece is left.
    """
    if protocol.startswith("windows"):
        raise UsageError("Windows cut other music out of every encoding: compare under full or context:N.")
    loaded = [model if isinstance(model, Loaded) else load(model) for model in models]
    config = data_of(loaded[0], data)
    materials = [Material.of(config, one.encoding) for one in loaded]
    common, left_out = _common(loaded, materials, split)
    rows: list[Compared] = []
    for one, material in zip(loaded, materials):
        held = held_out(material, split, common)
        counted = split == "valid" and fitted_on(one, config)  # only its two-fold figure is honest
        fitting = Material.of(recipe_of(one.run).data, one.encoding) if counted and one.run else material
        floor = _floor(fitting, held, split, protocol) if baselines or counted else None
        found = floor if counted and floor else held.price(one.stepper, protocol)
        assert held.source_notes is not None
        first = rows[0].found if rows else None
        rows.append(
            Compared(
                name=one.name,
                encoding=one.encoding.name,
                found=found,
                kept=float(held.notes.sum() / held.source_notes.sum()),
                floor=floor,
                difference=None if first is None else _beside(found, first, held),
            )
        )
    return Comparison(rows, len(common), left_out)


def compare_runs(runs: Sequence[Path]) -> tuple[dict[str, dict[str, tuple[Any, Any]]], Comparison]:
    """Run -> dotted setting -> (in the first run, there) for those that differ, and the Comparison of all runs.

    Raises BadInput for what is no run.
    """
    changed = {str(run): differences(runs[0], run) for run in runs[1:]}
    return changed, compare(list(runs), baselines=False)


def _beside(found: Likelihood, first: Likelihood, held: HeldOut) -> Difference:
    from etude.evaluation import paired_bits

    assert held.source_notes is not None
    return paired_bits(found, first, held.source_notes)


def _common(loaded: Sequence[Loaded], materials: Sequence[Material], split: str) -> tuple[set[str], dict[str, str]]:
    """The pieces that everybody can hold and nobody has learned, and why others are left out."""
    names = {piece.id for piece in materials[0].collection.pieces(split)}
    left_out: dict[str, str] = {}
    for one, material in zip(loaded, materials):
        held = set(material.packed(split).ids)
        left_out |= dict.fromkeys(names - held, f"'{material.encoding.name}' cannot hold it")
        left_out |= dict.fromkeys(names & learned(one, material), f"{one.name} has learned it")
    common = names - left_out.keys()
    if not common:
        name, why = next(iter(sorted(left_out.items())))
        raise BadInput(f"No held-out piece is left to compare on; '{name}': {why}.", Reason.EMPTY)
    return common, left_out


def learned(loaded: Loaded, material: Material) -> set[str]:
    """The pieces of a collection that a run has learned, in any key; none are known of an exported model."""
    from etude.data import Collection, duplicates_between

    if loaded.run is None:
        return set()
    own, split = recipe_of(loaded.run).data, loaded.run.read_json("split.json")
    trained = set(split.get("pieces", {}).get("train", ()))
    if own.collection == material.data.collection:
        return trained
    theirs = Collection.open(own.collection, tracks=own.tracks)
    repeats = duplicates_between(theirs, material.collection)
    return {ours for name, ours in repeats.items() if name in trained}


def _floor(material: Material, held: HeldOut, split: str, protocol: str) -> Likelihood:
    """The n-gram with copying in the same encoding on the same pieces."""
    from etude.evaluation import tuned, two_fold

    models = {FLOOR: floors.fit(material).ngrams[FLOOR]}
    if split == "valid":
        return two_fold(models, held, protocol)[FLOOR]
    return held.price(tuned(models, material.packed("valid").pieces(), protocol)[FLOOR], protocol)
