"""The Reporter of a run: what training tells goes into the run folder, to the parent process and to a tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etude.lab.events import announce
from etude.lab.run import Run
from etude.lab.tracking import NoTracker, Tracker

if TYPE_CHECKING:
    from etude.lab.sketching import Sketcher
    from etude.training import Checkpoint

# what training calls a figure -> what the log, `--json` and the terminal call it
NAMES = {
    "train_loss": "train_nats_per_step",
    "valid_loss": "valid_nats_per_step",
    "bits_per_note": "valid_bits_per_note",
}


def renamed(record: dict[str, Any]) -> dict[str, Any]:
    """The figures under the names of the contract, missing ones as null."""
    return {NAMES.get(name, name): value for name, value in record.items()}


class RunReporter:
    """Keeps log and checkpoints of one training."""

    def __init__(self, run: Run, tracker: Tracker | None = None, sketcher: Sketcher | None = None) -> None:
        from etude.training import CheckpointFolder

        self.run, self.sketcher = run, sketcher
        self.logged = -1  # the step of the last evaluation
        self.checkpoints = CheckpointFolder(run.checkpoints)
        self.tracker = tracker or NoTracker()

    def log(self, record: dict[str, Any]) -> None:
        """One evaluation: a line in log.jsonl, an event for the parent, figures for the tracker."""
        named = renamed(record)
        self.run.log(named)
        announce("evaluation", **named)
        self.tracker.figures(named, int(named["step"]))
        self.logged = int(named["step"])

    def save(self, checkpoint: Checkpoint) -> None:
        """Commits a checkpoint; of one that was evaluated pieces are composed where they are wanted."""
        self.checkpoints.save(checkpoint)
        if self.sketcher is not None and checkpoint.step == self.logged:
            self.sketcher.add(checkpoint)

    def tick(self, record: dict[str, Any]) -> None:
        """A sign of life for the progress bar; kept nowhere."""
        announce("progress", **renamed(record))
