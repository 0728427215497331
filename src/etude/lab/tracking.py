"""Mirrors of a run: settings, figures, texts and sound, for whoever watches trainings elsewhere.

The run folder stays the only truth; a mirror lies inside it (`tensorboard/`, `comet/`, ...) and may be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from etude import registry
from etude.errors import EtudeError
from etude.lab.events import announce
from etude.lab.trackers import TrackingConfig

if TYPE_CHECKING:
    from etude.lab.run import Run
    from etude.render.audio import Sound
    from etude.score import Score

VALUES = 1024  # drawn for a sample piece, at most: steps times fields
SECONDS = 20  # of its sound
RATE = 22_050  # samples a second


class Tracker(Protocol):
    """One mirror."""

    def settings(self, values: Mapping[str, Any]) -> None:
        """Takes every setting of the run, by dotted key."""

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """Takes the numbers of one evaluation."""

    def text(self, name: str, text: str, step: int) -> None:
        """Takes a text."""

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Takes float32[N] samples of one channel, full scale 1."""

    def close(self) -> None:
        """Writes what is still held."""


class NoTracker:
    """Mirrors nothing."""

    def settings(self, values: Mapping[str, Any]) -> None:
        """Looks away."""

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """Looks away."""

    def text(self, name: str, text: str, step: int) -> None:
        """Looks away."""

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Looks away."""

    def close(self) -> None:
        """Has nothing."""


def tracker_of(config: TrackingConfig, run: Run) -> Tracker:
    """The Tracker that hands on to all that are asked for, writing into the run folder.

    TensorBoard is left out where it is not installed. One that fails or hangs is named in the run's log and in an
    event, and left out from then on.
    """
    from etude.lab.mirrors import Mirrors

    def lost(name: str, why: str) -> None:
        announce("stage", text=f"careful: the tracker {name} is left out from here on: {why}")
        run.log({"event": "tracker", "name": name, "lost": why})

    wanted = [name for name in config.names if name != "tensorboard" or find_spec("tensorboard")]
    return Mirrors({name: partial(_made, name, run) for name in wanted}, lost) if wanted else NoTracker()


def _made(name: str, run: Run) -> Tracker:
    """One mirror by its name."""
    made: Tracker = registry.get("trackers", name)(run)
    return made


def settings_of(run: Run) -> dict[str, Any]:
    """Every setting of the run's recipe by dotted key, those left at their defaults too."""
    from etude.lab.settings import complete
    from etude.lab.weights import recipe_of

    recipe = recipe_of(run)
    named = {"name": recipe.name, "purpose": recipe.purpose}
    return {**named, **complete(recipe), **({"start": run.recipe()["start"]} if "start" in run.recipe() else {})}


def add_samples(tracker: Tracker, run: Run, config: TrackingConfig, step: int, seed: int) -> None:
    """Composes with the finished run: the pieces go to its `samples/`, their words and sound to the tracker."""
    if not config.names or not config.samples:
        return
    from etude.lab.composing import Wish, pieces
    from etude.lab.loading import load
    from etude.score import unfold

    loaded = load(run.folder)
    most = max(16, VALUES // len(loaded.encoding.fields))
    longest = min(most, loaded.metadata.get("longest_steps") or most)
    # an index of a large collection takes minutes, which a training should not spend on what nobody asked for
    wish = Wish(count=config.samples, seed=seed, steps=longest, compared=False)
    for number, piece in enumerate(pieces(loaded, wish, out=run.folder / "samples"), 1):
        tracker.text(f"sample {number}", piece.text or _as_abc(piece.score), step)
        if len(piece.score):
            sound = _sound(unfold(piece.score))
            tracker.sound(f"sample {number}", sound.samples.mean(axis=1), sound.rate, step)


def _as_abc(score: Score) -> str:
    """The Score as ABC; a line that counts its notes where ABC cannot hold it."""
    from etude.formats.abc import FORMAT

    try:
        return FORMAT.dump([score]).decode()
    except EtudeError:
        return f"{len(score)} notes, {score.duration:.1f} s"


def _sound(score: Score) -> Sound:
    """The beginning of the piece, by the synthesiser that is always there."""
    from etude.render.audio import sound
    from etude.score import cut

    return sound(cut(score, 0, int(score.ticks([SECONDS])[0])), soundfont="none", rate=RATE)
