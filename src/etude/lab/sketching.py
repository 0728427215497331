"""Pieces composed along the way: what a training sounds like at each evaluation, always from the same seed.

They lie in the run's `samples/` as step-00001000-1.mid (and .abc where the encoding is notation). The weights of
that step are not kept, so no such piece can be made again, and none says that it can.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.lab.events import announce
from etude.lab.run import Run

if TYPE_CHECKING:
    from etude.training import Checkpoint

VALUES = 512  # drawn for a piece, at most: steps times fields
NOTATION = ("abc", "letters")  # encodings whose pieces are written down, not only played
NAME = re.compile(r"step-(\d{8})-(\d{1,2})\.mid")


@dataclass(frozen=True)
class Sketch:
    """One piece of a training: after how many updates, and which of that time."""

    step: int
    number: int
    path: Path


def sketches(run: Run) -> list[Sketch]:
    """The pieces composed while a run was trained, the earliest first."""
    found = [(NAME.fullmatch(path.name), path) for path in sorted((run.folder / "samples").glob("step-*.mid"))]
    return [Sketch(int(match[1]), int(match[2]), path) for match, path in found if match]


class Sketcher:
    """Composes with the weights of each checkpoint, in a model of its own beside the one that learns."""

    def __init__(self, run: Run, count: int, seed: int) -> None:
        self.run, self.count, self.seed = run, count, seed
        self.model: Any = None
        self.seconds = 0.0

    def add(self, checkpoint: Checkpoint) -> None:
        """Writes the pieces of this step; a model that cannot compose yet is told of, and learns on."""
        begun = time.monotonic()
        try:
            self._compose(checkpoint.step, checkpoint.model)
        except (ValueError, RuntimeError) as error:  # EtudeError among them
            announce("stage", text=f"no pieces of step {checkpoint.step}: {error}")
        self.seconds += time.monotonic() - begun

    def _compose(self, step: int, weights: Mapping[str, Any]) -> None:
        from etude.lab.composing import Wish, pieces
        from etude.lab.writing import write_piece

        loaded = self._loaded(weights)
        longest = max(16, VALUES // len(loaded.encoding.fields))
        wish = Wish(count=self.count, seed=self.seed, steps=longest, compared=False)
        kinds = ("mid", "abc") if loaded.encoding.name in NOTATION else ("mid",)
        for number, piece in enumerate(pieces(loaded, wish), 1):
            meta = replace(piece.score.meta, title=f"After {step} updates", reproduce="")
            stem = self.run.folder / "samples" / f"step-{step:08d}-{number}"
            write_piece(replace(piece.score, meta=meta), stem, kinds)

    def _loaded(self, weights: Mapping[str, Any]) -> Any:
        """The weights as something to be stepped. Making it draws nothing that training would have drawn."""
        import numpy as np
        import torch

        from etude.lab.loading import Loaded, card
        from etude.lab.recipe import encoding_from, sampling_from
        from etude.lab.weights import build_model, recipe_of
        from etude.models import TorchStepper

        encoding = encoding_from(self.run.read_json("encoding.json"))
        if self.model is None:
            with torch.random.fork_rng(devices=[]):
                self.model = build_model(recipe_of(self.run), encoding)
        self.model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
        sampling = sampling_from(self.run.recipe().get("sampling", {}))
        stepper = TorchStepper(self.model.eval())
        return Loaded(self.run.folder.name, "", stepper, encoding, sampling, card(self.run), self.run)
