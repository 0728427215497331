"""How likely held-out pieces are under a model, beside its baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.lab import baselines as floors
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.recipe import DataConfig
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.data import Packed
    from etude.evaluation import Baselines, Likelihood


@dataclass(frozen=True)
class Named:
    """A likelihood with the name of who it belongs to."""

    name: str
    likelihood: Likelihood

    def __getattr__(self, name: str) -> Any:
        return getattr(self.likelihood, name)


@dataclass(frozen=True)
class Evaluation:
    """One protocol: the model and, if asked for, its baselines on the same pieces."""

    protocol: str
    split: str
    model: Named
    baselines: dict[str, Named] = field(default_factory=dict)

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows of the table that `etude evaluate` prints."""
        return [
            (
                *(self.protocol, named.name, named.nats_per_step, named.bits_per_note, named.perplexity),
                *(named.pieces, named.steps, named.notes),
            )
            for named in (self.model, *self.baselines.values())
        ]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude evaluate --json`."""
        return {
            **self.model.likelihood.as_json(),
            "split": self.split,
            "baselines": {name: named.likelihood.as_json() for name, named in self.baselines.items()},
        }


def evaluate(
    model: str | Path | Loaded | None = None,
    data: str | Path | None = None,
    *,
    protocols: Sequence[str] = ("full",),
    split: str = "valid",
    baselines: bool = True,
) -> list[Evaluation]:
    """One Evaluation a protocol, on the `split` side of `data` (default: the model's own collection)."""
    from etude.evaluation import Protocol, likelihood, predictions

    parsed = [Protocol.parse(text) for text in protocols]
    loaded = model if isinstance(model, Loaded) else load(model)
    material = Material.of(_data(loaded, data), loaded.encoding)
    pieces = material.packed(split)
    fitted = floors.fit(material) if baselines else None
    guesses = predictions(loaded.stepper, pieces.pieces(), loaded.encoding.fields)
    out = []
    for protocol in parsed:
        found = likelihood(
            loaded.stepper,
            pieces.pieces(),
            protocol,
            notes=int(pieces.note_counts.sum()),
            field_names=material.field_names,
            seconds=_seconds(material, split, pieces),
        )
        beside = _beside(material, fitted, split, str(protocol)) if fitted else {}
        out.append(Evaluation(str(protocol), split, Named("model", guesses.added_to(found)), beside))
    return out


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


def _beside(material: Material, fitted: Baselines, split: str, protocol: str) -> dict[str, Named]:
    """The baselines on the same pieces: two-fold on validation, with validation's weights on test."""
    from etude.evaluation import likelihood

    if split == "valid":
        found = floors.on_validation(material, fitted, protocol)
    else:
        pieces = material.packed(split)
        found = {
            name: likelihood(
                scorer,
                pieces.pieces(),
                protocol,
                notes=int(pieces.note_counts.sum()),
                field_names=material.field_names,
            )
            for name, scorer in fitted.tuned(material.valid.pieces(), protocol).items()
        }
    return {name: Named(name, value) for name, value in found.items()}
