"""How likely held-out pieces are under a model, beside its baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.lab import baselines as floors
from etude.lab.copying import mixtures
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.recipe import DataConfig
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.data import Packed
    from etude.evaluation import Likelihood
    from etude.stepper import Scorer


@dataclass(frozen=True)
class Evaluation:
    """One protocol: the model and, if asked for, its mixtures with copying and its baselines on the same pieces."""

    protocol: str
    split: str
    model: Likelihood
    baselines: dict[str, Likelihood] = field(default_factory=dict)
    mixtures: dict[str, Likelihood] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, Likelihood]:
        """All of them by name, the model first."""
        return {"model": self.model, **self.mixtures, **self.baselines}

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows of the table that `etude evaluate` prints."""
        return [
            (
                *(self.protocol, name, found.nats_per_step, found.bits_per_note, found.perplexity),
                *(found.pieces, found.steps, found.notes),
            )
            for name, found in self.named.items()
        ]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude evaluate --json`."""
        return {
            **self.model.as_json(),
            "split": self.split,
            "baselines": {name: found.as_json() for name, found in self.baselines.items()},
            "mixtures": {name: found.as_json() for name, found in self.mixtures.items()},
        }


def evaluate(
    model: str | Path | Loaded | None = None,
    data: str | Path | None = None,
    *,
    protocols: Sequence[str] = ("full",),
    split: str = "valid",
    baselines: bool = True,
    copying: bool = False,
) -> list[Evaluation]:
    """One Evaluation a protocol, on the `split` side of `data` (default: the model's own collection)."""
    from etude.evaluation import Protocol, predictions
    from etude.models.ngram import NGram

    parsed = [Protocol.parse(text) for text in protocols]
    loaded = model if isinstance(model, Loaded) else load(model)
    material = Material.of(_data(loaded, data), loaded.encoding)
    pieces = material.packed(split)
    twofold = split == "valid" and data is None and loaded.run is not None and recipe_of(loaded.run).is_counted
    if copying and isinstance(loaded.stepper, NGram):
        raise UsageError("A counted model copies already: leave --copying out.")
    fitted = floors.fit(material) if baselines or twofold else None
    mixed = mixtures(loaded.stepper, material, fitted) if copying else {}
    heard = mixed["model+copy"].network if copying else loaded.stepper
    guesses = predictions(loaded.stepper, pieces.pieces(), loaded.encoding.fields)
    out = []
    for protocol in parsed:
        beside = _fitted_on_validation(fitted.models, material, split, str(protocol)) if fitted else {}
        # a counted model's weights were fitted on these very pieces: only the two-fold figure is honest
        found = beside["ngram+copy"] if twofold else _priced(heard, material, split, str(protocol))
        better = _fitted_on_validation(mixed, material, split, str(protocol))
        out.append(Evaluation(str(protocol), split, guesses.added_to(found), beside if baselines else {}, better))
    return out


def _priced(scorer: Scorer, material: Material, split: str, protocol: str) -> Likelihood:
    """The likelihood of the pieces of a split, per second too."""
    from etude.evaluation import likelihood

    pieces = material.packed(split)
    return likelihood(
        scorer,
        pieces.pieces(),
        protocol,
        notes=int(pieces.note_counts.sum()),
        field_names=material.field_names,
        seconds=_seconds(material, split, pieces),
    )


def _data(loaded: Loaded, data: str | Path | None) -> DataConfig:
    if data is not None:
        return DataConfig(collection=str(data))
    if loaded.run is None:
        raise UsageError("An exported model does not carry its collection: name one with --data.")
    return recipe_of(loaded.run).data


def _seconds(material: Material, split: str, packed: Packed) -> float:
    """How long the encoded pieces last in all."""
    wanted = set(packed.ids)
    return sum(piece.score.duration for piece in material.collection.pieces(split) if piece.id in wanted)


def _fitted_on_validation(
    models: Mapping[str, Any], material: Material, split: str, protocol: str
) -> dict[str, Likelihood]:
    """What the pieces cost under models with weights: two-fold on validation, with validation's weights on test."""
    from etude.evaluation import tuned, two_fold

    valid = material.packed("valid")
    if split == "valid":
        notes = valid.note_counts.tolist()
        return two_fold(models, valid.pieces(), protocol, notes=notes, field_names=material.field_names)
    scorers = tuned(models, valid.pieces(), protocol)
    return {name: _priced(scorer, material, split, protocol) for name, scorer in scorers.items()}
