"""How much of a piece a model remembers, beside the n-gram with and without copying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import MissingPart
from etude.lab import baselines as floors
from etude.lab.evaluating import data_of
from etude.lab.loading import Loaded, checkpointed, load
from etude.lab.material import Material
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.evaluation.remembering import Remembered

MODEL, COPYING, WHOLE = "model", "ngram+copy", "whole"
CONTEXTS = (16, 32, 64, 128, 256, 512)  # steps
CONTEXT_STEPS = 6000  # steps priced for each context: every one of them needs a window of its own
FEWEST = 8  # pieces they come from, at the least
STEPS = 100_000  # priced for places and strains
OVERLONG = 0.01  # of the price; less is not worth a word


@dataclass(frozen=True)
class Memory:
    """What the model and its baselines remember of the same pieces."""

    models: Mapping[str, Remembered]
    split: str

    @property
    def header(self) -> tuple[str, ...]:
        """The header of `rows`."""
        return ("memory", "nats a step", *self.models)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """A row a place, a context, and one for the strains; a column a model."""
        found = list(self.models.values())
        rows: list[tuple[Any, ...]] = []
        for kind, shown in (("by_place", "at steps"), ("by_context", "seeing")):
            for name in getattr(found[0], kind):
                rows.append((shown, name, *(getattr(one, kind)[name].value for one in found)))
        gains = (one.strain_gain for one in found)
        rows.append(
            ("gain", "2nd strain over 1st", *(f"{g.value:.3f} ({g.low:.3f} to {g.high:.3f})" for g in gains))
        )
        return rows

    @property
    def sentence(self) -> str:
        """What the figures mean, in one sentence."""
        ours = self.models[MODEL]
        text = (
            f"Seeing the whole piece {_saved(ours.context_gain)} a step over seeing {CONTEXTS[0]} steps, hearing "
            f"the second strain {_saved(ours.strain_gain.value)} over the first"
        )
        beside = self.models.get(COPYING)
        if beside is not None:
            text += f" (n-gram with copying: {_saved(beside.context_gain)} and {_saved(beside.strain_gain.value)})"
        text += "."
        if ours.overlong.low > 0 and ours.overlong.value > OVERLONG * ours.by_context[WHOLE].value:
            text += (
                f" It hears best with {ours.best_context} steps in view: the whole piece costs "
                f"{ours.overlong.value:.2f} nats a step more, as where a model learned on shorter passages. Try "
                "training.whole=true or a longer training.length."
            )
        if beside is not None and ours.strain_gain.high < beside.strain_gain.low:
            text += " It remembers less than copying does: try --copying, a longer training.length, or more width."
        return text

    def as_json(self) -> dict[str, Any]:
        """All figures by model."""
        return {"split": self.split, **{name: one.as_json() for name, one in self.models.items()}}


def memory(
    model: str | Path | Loaded | None = None,
    data: str | Path | None = None,
    *,
    split: str = "valid",
    baselines: bool = True,
) -> Memory:
    """The Memory of a model on one side of `data` (default: its own collection)."""
    from etude.evaluation.remembering import remembered

    loaded = model if isinstance(model, Loaded) else load(model)
    material = Material.of(data_of(loaded, data), loaded.encoding)
    models = {MODEL: _quick(loaded).stepper, **(floors.fit(material).ngrams if baselines else {})}
    sides = [_many(material.packed(side).pieces()) for side in (split, "valid")]
    many, fitted_on = sides[0], None if split == "valid" else sides[1]
    places = remembered(models, many, loaded.encoding, fitted_on=fitted_on, contexts=())
    seen = remembered(models, _few(many), loaded.encoding, fitted_on=fitted_on, contexts=CONTEXTS)
    found = {
        name: replace(
            one,
            by_context=seen[name].by_context,
            context_steps=seen[name].context_steps,
            overlong=seen[name].overlong,
        )
        for name, one in places.items()
    }
    return Memory(found, split)


def _saved(nats: float) -> str:
    """A saving in words."""
    return f"{'saves' if nats >= 0 else 'costs'} {abs(nats):.2f} nats"


def _quick(loaded: Loaded) -> Loaded:
    """The same model through torch, which prices windows in batches, where torch and the weights are at hand."""
    if loaded.run is None or recipe_of(loaded.run).is_counted:
        return loaded
    try:
        return checkpointed(loaded.run, loaded.name)
    except MissingPart:
        return loaded


def _many(pieces: Sequence[Steps]) -> list[Steps]:
    """As many pieces, evenly taken, as make about STEPS."""
    share = max(1.0, sum(map(len, pieces)) / STEPS)
    count = max(min(FEWEST, len(pieces)), int(len(pieces) / share))
    return [pieces[number] for number in np.linspace(0, len(pieces) - 1, count).round().astype(int)]


def _few(pieces: Sequence[Steps]) -> list[Steps]:
    """Pieces, evenly taken and their ends cut where need be, of about CONTEXT_STEPS."""
    longest = CONTEXT_STEPS // min(FEWEST, len(pieces))
    short = [piece[:longest] for piece in pieces]
    count = max(1, int(len(short) * min(1.0, CONTEXT_STEPS / sum(map(len, short)))))
    return [short[number] for number in np.linspace(0, len(short) - 1, count).round().astype(int)]
