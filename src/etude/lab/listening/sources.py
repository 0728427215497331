"""Where the music of pairs comes from: the model, its baseline, and real pieces that it never learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from etude.errors import UsageError
from etude.lab.baselines import counted_baseline
from etude.lab.composing import Wish, pieces
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.sampled import longest_sample
from etude.score import Metadata, Score, unfold


@dataclass(frozen=True)
class Heard:
    """A piece with its repeats played out, and what the key tells of it."""

    score: Score
    told: Mapping[str, Any]


def composed(loaded: Loaded, seed: int, count: int, seconds: float) -> Iterator[Heard]:
    """Up to `count` pieces of a model by its own settings, written for at most about `seconds`."""
    steps = loaded.metadata.get("longest_steps") or longest_sample(loaded)
    wish = Wish(count=count, seed=seed, seconds=seconds, steps=steps)
    for piece in pieces(loaded, wish):
        yield Heard(
            unfold(piece.score), {"model": loaded.name, "seed": seed, "made_by": piece.score.meta.reproduce}
        )


def held_out(loaded: Loaded, material: Material, seed: int) -> Iterator[Heard]:
    """The pieces of the validation side in an order by `seed`, as the model's encoding holds them."""
    from etude.encodings import decode

    packed = material.packed("valid")
    steps = packed.pieces()
    licence = material.collection.licence
    for at in np.random.default_rng(seed).permutation(len(packed)).tolist():
        told = {"collection": material.collection.name, "piece": packed.ids[at], "licence": licence}
        yield Heard(unfold(decode(loaded.encoding, steps[at], Metadata(licence=licence))), told)


def check_may_be_shown(material: Material, private: bool) -> None:
    """Raises UsageError for real music that may not be passed on, unless nobody else is to hear it."""
    collection = material.collection
    if not (collection.may_ship or private):
        raise UsageError(
            f"The pieces of '{collection.name}' may not be passed on ({collection.licence or 'licence unknown'}). "
            "Leave them out with --against baseline, or say with --private that the pairs stay with you."
        )


def baseline_of(loaded: Loaded, named: str | None, material: Material | None) -> Loaded:
    """The model called `named`, or the n-gram with copying that counted what the model learned from."""
    if named is not None:
        return load(named)
    if material is None:
        raise UsageError(f"What {loaded.name} learned from is not at hand to be counted: name a --baseline MODEL.")
    return counted_baseline(loaded, material)
