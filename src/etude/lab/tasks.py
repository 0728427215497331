"""What is done with the music that is handed in, other than going on from it: a Task draws the piece."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from etude.errors import UsageError

if TYPE_CHECKING:
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.lab.telling import Start
    from etude.sampling import Composition, Take

TASKS = {
    "bridge": "etude.lab.bridging:Bridge",
    "harmonise": "etude.lab.harmonising:Harmonise",
    "infill": "etude.lab.infilling:Infill",
    "vary": "etude.lab.varying:Vary",
    "accompany": "etude.lab.accompanying:Accompany",
}  # command -> a frozen dataclass whose fields are its options


class Task(Protocol):
    """One way of making a piece of what is handed in. The same arguments make the same piece."""

    @property
    def command(self) -> str:
        """The command it is asked for with, a key of TASKS."""

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values: what the reproducibility line keeps of them."""

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """The piece. Raises BadInput when `music` is not what the task needs, saying why."""


def keep_beside(folder: Path, *handed: Any) -> None:
    """Writes into `folder` what was handed in, for `etude rerun`: each by its method `keep`, if it has one."""
    for one in handed:
        keep = getattr(one, "keep", None)
        if keep is not None:
            keep(folder)


def task_of(command: str, asked: Mapping[str, Any], folder: Path | None = None) -> Task | None:
    """The Task that a reproducibility line names; None for the commands that go on from their prompt.

    A task that was handed more than a prompt finds it in `folder`, beside the output: its method `found`. Raises
    UsageError for options that the task does not have.
    """
    if command not in TASKS:
        return None
    module, _, name = TASKS[command].partition(":")
    try:
        task: Task = getattr(import_module(module), name)(**asked)
    except TypeError as error:
        raise UsageError(f"{command} cannot be asked so: {error}.") from error
    found: Any = getattr(task, "found", None)
    return found(folder) if found is not None and folder is not None else task
