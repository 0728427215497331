"""How likely held-out pieces are under a model, beside its baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.lab import baselines as floors
from etude.lab.bundled import MODEL, Bundled, find_bundled
from etude.lab.copying import mixtures
from etude.lab.gapped import gapped
from etude.lab.held import held_out
from etude.lab.loading import KEPT_OF_DATA, Loaded, load
from etude.lab.material import Material
from etude.lab.recipe import DataConfig
from etude.lab.twin import bundled_recipe
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.evaluation import Gapped, HeldOut, Likelihood


@dataclass(frozen=True)
class Evaluation:
    """One protocol: the model and, if asked for, its mixtures with copying and its baselines on the same pieces."""

    protocol: str
    split: str
    model: Likelihood
    baselines: dict[str, Likelihood] = field(default_factory=dict)
    mixtures: dict[str, Likelihood] = field(default_factory=dict)
    grids: dict[str, dict[str, Any]] = field(default_factory=dict)  # how finely each field tells its number
    surcharge: float = math.nan  # bits a note that every price would be higher at the stated resolution

    @property
    def named(self) -> dict[str, Likelihood]:
        """All of them by name, the model first."""
        return {"model": self.model, **self.mixtures, **self.baselines}

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows of the table that `etude evaluate` prints."""
        return [
            (
                *(self.protocol, name, found.nats_per_step, found.bits_per_note, found.bits_per_note_within),
                *(found.bits_per_second, found.bits_per_quarter, found.perplexity),
                *(found.pieces, found.steps, found.notes),
            )
            for name, found in self.named.items()
        ]

    def part_rows(self) -> list[tuple[Any, ...]]:
        """The rows of the table of parts: what happenings cost, and what the rest does."""
        return [
            (self.protocol, name, kind, part.share, part.nats, part.bits_per_note, found.bits_per_note)
            for name, found in self.named.items()
            for kind, part in found.parts.items()
        ]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude evaluate --json`."""
        return {
            **self._one(self.model),
            "split": self.split,
            "baselines": {name: self._one(found) for name, found in self.baselines.items()},
            "mixtures": {name: self._one(found) for name, found in self.mixtures.items()},
            "grids": self.grids,
            "resolution": _resolution(),
        }

    def _one(self, found: Likelihood) -> dict[str, Any]:
        resolved = found.bits_per_note + self.surcharge
        return {**found.as_json(), "bits_per_note_resolved": None if math.isnan(resolved) else resolved}


@dataclass(frozen=True)
class Side:
    """What every protocol needs: the pieces, and the models beside the one that is judged."""

    held: HeldOut | Gapped
    valid: HeldOut
    split: str

    def fitted(self, models: Mapping[str, Any], protocol: str) -> dict[str, Likelihood]:
        """Likelihoods under models with weights: two-fold on validation, with validation's weights on test."""
        from etude.evaluation import tuned, two_fold

        if self.split == "valid":
            return two_fold(models, self.held, protocol)
        scorers = tuned(models, self.valid.pieces, protocol)
        held = self.held.taken(range(len(self.held)))  # from left to right, as baselines hear
        return {name: held.price(scorer, protocol) for name, scorer in scorers.items()}


def evaluate(
    model: str | Path | Loaded | None = None,
    data: str | Path | None = None,
    *,
    protocols: Sequence[str] = ("full",),
    split: str = "valid",
    baselines: bool = True,
    copying: bool = False,
) -> list[Evaluation]:
    """One Evaluation a protocol, on the `split` side of `data` (default: the model's own collection).

    Another collection is read with the model's own tracks and split.
    """
    from etude.evaluation import Protocol, predictions
    from etude.models.ngram import NGram

    parsed = [Protocol.parse(text) for text in protocols]
    loaded = model if isinstance(model, Loaded) else load(model)
    config = data_of(loaded, data)
    material = Material.of(config, loaded.encoding)
    held = held_out(material, split)
    side = Side(held, held if split == "valid" else held_out(material, "valid"), split)
    twofold = split == "valid" and fitted_on(loaded, config)  # then only the two-fold figure is honest
    if copying and isinstance(loaded.stepper, NGram):
        raise UsageError("A counted model copies already: leave --copying out.")
    fitted = floors.fit(material) if baselines or twofold else None
    mixed = mixtures(loaded.stepper, material, fitted) if copying else {}
    heard = mixed["model+copy"].network if copying else loaded.stepper
    guesses = predictions(loaded.stepper, held.pieces, loaded.encoding.fields)
    grid, extra = _grids(loaded.encoding), _surcharge(loaded.encoding, held)
    out = []
    for asked in parsed:
        protocol, infill = str(asked), asked.kind == "infill"
        one = Side(gapped(loaded, material, split, asked), side.valid, split) if infill else side
        beside = one.fitted(fitted.models, protocol) if fitted else {}
        found = beside["ngram+copy"] if twofold else one.held.price(heard, protocol)
        shown, better = beside if baselines else {}, one.fitted(mixed, protocol)
        whole = (found, math.nan) if infill else (guesses.added_to(found), extra)
        out.append(Evaluation(protocol, split, whole[0], shown, better, grid, whole[1]))
    return out


def data_of(loaded: Loaded, data: str | Path | None) -> DataConfig:
    """What a model is judged on: its own collection, or another one with the same tracks and split.

    Raises UsageError when a collection must be named: that of an exported model, or one that does not come with
    etude; BadInput when a built-in one is not what the model learned from.
    """
    known = _bundled(loaded)
    if loaded.run is not None:
        own = recipe_of(loaded.run).data
    elif known is not None:
        own = bundled_recipe(known).data
    else:
        kept = loaded.metadata.get("data") or {}
        own = DataConfig(collection="", **{key: kept[key] for key in KEPT_OF_DATA if key in kept})
    if data is None:
        if not own.collection:
            raise UsageError("An exported model does not carry its collection: name one with --data.")
        if known is not None:
            _check_at_hand(known, own, loaded.encoding)
        return own
    place = Path(data)
    if own.collection and own.collection in (str(data), str(place.resolve())):
        return own
    # how much was learned, and what was left out for it, speak of the collection that was learned from
    reset = DataConfig(collection=str(data))
    return replace(reset, **{key: getattr(own, key) for key in KEPT_OF_DATA})


def _bundled(loaded: Loaded) -> Bundled | None:
    """The model that comes with etude, if this is one."""
    found = find_bundled(loaded.name) if loaded.run is None else None
    if found is None or found.facts["files"][found.file(MODEL).name]["sha256"] != loaded.sha256:
        return None
    return found


def _check_at_hand(model: Bundled, own: DataConfig, encoding: Encoding) -> None:
    """Raises UsageError when what a bundled model learned from is not built in, BadInput when it has changed."""
    from etude.data import BUILT_IN

    told = model.facts["data"]
    if own.collection not in BUILT_IN:
        raise UsageError(
            f"{model.name} learned from {own.collection} ({told['origin']}), which does not come with etude: "
            "name it with --data."
        )
    if Material.of(own, encoding).collection.content != told["content"]:
        raise BadInput(
            f"{model.name} learned from another edition of the built-in collection '{own.collection}', so pieces "
            "that are held out here may be ones it knows: name a collection with --data.",
            Reason.BAD_STRUCTURE,
        )


def fitted_on(loaded: Loaded, config: DataConfig) -> bool:
    """Whether this is a counted model whose weights were fitted on the validation side of `config`."""
    if loaded.run is None:
        return False
    recipe = recipe_of(loaded.run)
    return recipe.is_ngram and all(
        getattr(recipe.data, key) == getattr(config, key) for key in ("collection", *KEPT_OF_DATA)
    )


def _resolution() -> dict[str, float]:
    from etude.evaluation import RESOLUTION

    return dict(RESOLUTION)


def _grids(encoding: Encoding) -> dict[str, dict[str, Any]]:
    from etude.evaluation import grids

    return {name: asdict(grid) for name, grid in grids(encoding.fields).items()}


def _surcharge(encoding: Encoding, held: HeldOut) -> float:
    """Bits a note between the encoding's own grids and the stated resolution."""
    from etude.evaluation import surcharge

    assert held.seconds is not None
    assert held.quarters is not None
    tempos = [s / q if q else math.nan for s, q in zip(held.seconds, held.quarters)]
    notes = int(held.notes.sum())
    return surcharge(held.pieces, encoding.fields, tempos) / math.log(2) / notes if notes else math.nan
