"""Going back to an earlier checkpoint of a run, as if what came after had not been learned."""

from __future__ import annotations

from pathlib import Path

from etude.lab.run import Run


def roll_back(folder: Path, step: int) -> Run:
    """The run in `folder`, standing at its checkpoint of `step` again: it plays with the best weights until then.

    Later checkpoints, records and the exported model are deleted. `etude train --resume` learns on from there.
    Raises UsageError naming the steps there are.
    """
    from etude.training import CheckpointFolder

    run = Run.open(folder)
    CheckpointFolder(run.checkpoints).roll_back(step)
    run.exported.unlink(missing_ok=True)
    run.forget_after(step, end=True)
    return run
