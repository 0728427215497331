"""Checkpoints that a crash, a full disk or a flipped bit cannot turn into something else.

    checkpoints/
      lock                      held by the one trainer that writes here
      000016-step-00000800-kept/  one to go back to: it stays
      000017-step-00000850/     one checkpoint; the newest two of these stay
        model.safetensors       the weights after the last step
        best.safetensors        those of the lowest validation loss
        optimiser.safetensors   moments and random generators
        state.json              step, schedule, settings
        manifest.json           length and SHA-256 of every file above

A checkpoint is written under a hidden name, forced to disk, and becomes one by a single rename: the commit point.
Nothing here needs torch, and nothing is pickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from etude.errors import BadInput, EtudeError, Reason, UsageError
from etude.files import sha256, sync_folder

Arrays = dict[str, Any]  # NumPy arrays by name; NumPy itself is only loaded with the first file

FORMAT_VERSION = 1
KEPT = 2
_HIDDEN = ".new-"
_KEPT = "-kept"
_TENSORS = ("model", "best", "optimiser")


@dataclass(frozen=True)
class Checkpoint:
    """All a training needs to go on exactly: arrays by name, and a state of plain JSON values."""

    step: int
    model: Arrays
    best: Arrays
    optimiser: Arrays
    state: dict[str, Any] = field(default_factory=dict)
    kept: bool = False  # for good, to go back to


class CheckpointWarning(UserWarning):
    """Told when a damaged checkpoint was passed over for the one before it."""


class CheckpointFolder:
    """The checkpoints of one training."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other trainers out, and clears what a killed one left. Raises UsageError when one is at work.

        The lock is the system's: it ends with the process, however that ends. Without file locks (Windows) there
        is none.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / "lock", "a") as handle:
            try:
                import fcntl
            except ImportError:
                pass
            else:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    raise UsageError(
                        f"Another training is writing to {self.path}. "
                        "Wait for it, stop it, or choose another --out."
                    ) from error
            self._clear_leftovers()
            yield

    def save(self, checkpoint: Checkpoint) -> Path:
        """The folder of the checkpoint, once it is safe on disk. Raises EtudeError when that fails; then the one
        before is still whole.
        """
        names = self._names()
        serial = int(names[-1].split("-")[0]) + 1 if names else 0
        target = self.path / f"{serial:06d}-step-{checkpoint.step:08d}{_KEPT * checkpoint.kept}"
        hidden = self.path / f"{_HIDDEN}{target.name}"
        try:
            hidden.mkdir(parents=True)
            _write(hidden, checkpoint)
            os.rename(hidden, target)
            sync_folder(self.path)
        except OSError as error:
            shutil.rmtree(hidden, ignore_errors=True)
            raise EtudeError(
                f"The checkpoint of step {checkpoint.step} could not be written to {self.path}: {error.strerror}. "
                "The one before it is whole. Make room, then go on with --resume."
            ) from error
        passing = [name for name in self._names() if not name.endswith(_KEPT)]
        self._remove(passing[:-KEPT])
        return target

    def steps(self) -> list[int]:
        """The steps there is a checkpoint of, in order."""
        return [_step_of(name) for name in self._names()]

    def roll_back(self, step: int) -> None:
        """Makes the checkpoint of `step` the newest: those after it are deleted.

        Raises UsageError when there is none or another training is at work, BadInput when it is damaged.
        """
        with self.locked():
            names = self._names()
            found = [number for number, name in enumerate(names) if _step_of(name) == step]
            if not found:
                there = ", ".join(map(str, self.steps())) or "none"
                raise UsageError(
                    f"There is no checkpoint of step {step} in {self.path}. Steps there are: {there}. "
                    "training.keep_every says which ones a training keeps."
                )
            _verified(self.path / names[found[-1]])
            self._remove(names[found[-1] + 1 :])

    def _remove(self, names: Sequence[str]) -> None:
        for name in reversed(names):
            passing = self.path / f"{_HIDDEN}{name}"  # renamed first: a half-deleted one must not look whole
            os.rename(self.path / name, passing)
            shutil.rmtree(passing, ignore_errors=True)

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole, or None where there is none at all.

        Warns (CheckpointWarning) when a damaged one is passed over. Raises BadInput when all are damaged.
        """
        folder = self._good()
        return None if folder is None else _read(folder)

    def weights(self, which: Literal["model", "best"] = "best") -> Arrays:
        """The weights by name from the newest checkpoint that is whole. Raises BadInput when there is none."""
        folder = self._good()
        if folder is None:
            raise BadInput(
                f"Nothing is learned yet in {self.path.parent}: it has no checkpoint. Go on with it: "
                f"etude train --resume {self.path.parent}",
                Reason.UNREADABLE,
            )
        return _arrays(folder, which, _verified(folder))

    def _good(self) -> Path | None:
        names = self._names()
        trouble = []
        for name in reversed(names):
            try:
                _verified(self.path / name)
            except BadInput as error:
                trouble.append(str(error))
                continue
            if trouble:
                warnings.warn(f"{' '.join(trouble)} Going on from {name}.", CheckpointWarning, stacklevel=3)
            return self.path / name
        if trouble:
            raise BadInput(f"{' '.join(trouble)} No good one is left; train anew.", Reason.BAD_STRUCTURE)
        return None

    def _names(self) -> list[str]:
        """The names of the checkpoints, oldest first."""
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in self.path.iterdir() if entry.is_dir() and entry.name[0].isdigit())

    def _clear_leftovers(self) -> None:
        for entry in self.path.iterdir():
            if entry.name.startswith(_HIDDEN):
                shutil.rmtree(entry)


def _step_of(name: str) -> int:
    return int(name.split("-")[2])


def load_weights(folder: Path | str, which: Literal["model", "best"] = "best") -> Arrays:
    """The weights by name from the newest whole checkpoint in `folder`; torch is not needed."""
    return CheckpointFolder(folder).weights(which)


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    from safetensors.numpy import save

    files = {f"{name}.safetensors": save(getattr(checkpoint, name)) for name in _TENSORS}
    files["state.json"] = _json({"step": checkpoint.step, **checkpoint.state})
    facts = {name: {"bytes": len(data), "sha256": sha256(data)} for name, data in files.items()}
    files["manifest.json"] = _json({"format_version": FORMAT_VERSION, "files": facts})
    for name, data in files.items():
        with open(folder / name, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    sync_folder(folder)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _verified(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a checkpoint, by name. Raises BadInput naming the file that is damaged."""
    out = {}
    for name, size, digest in _manifest(folder):
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise BadInput(f"{folder / name} cannot be read: {error.strerror}.", Reason.BAD_STRUCTURE) from error
        if len(data) != size or sha256(data) != digest:
            raise BadInput(f"{folder / name} is damaged: its SHA-256 is not the one written.", Reason.BAD_STRUCTURE)
        out[name] = data
    return out


def _manifest(folder: Path) -> list[tuple[str, int, str]]:
    """(name, bytes, SHA-256) of every file. Raises BadInput when the manifest is not exactly one that we write."""
    path = folder / "manifest.json"
    try:
        raw = path.read_bytes()
        manifest = json.loads(raw)
        version = manifest["format_version"]
        facts = [(name, fact["bytes"], fact["sha256"]) for name, fact in manifest["files"].items()]
        whole = _json(manifest) == raw
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise BadInput(f"{path} is damaged.", Reason.BAD_STRUCTURE)
    if version != FORMAT_VERSION:
        raise BadInput(
            f"{folder} has checkpoint format {version}; this etude reads {FORMAT_VERSION}.", Reason.UNSUPPORTED
        )
    return facts


def _arrays(folder: Path, name: str, files: Mapping[str, bytes]) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: Arrays = load(files[f"{name}.safetensors"])
    except (KeyError, SafetensorError) as error:
        raise BadInput(f"{folder / name}.safetensors is missing or damaged.", Reason.BAD_STRUCTURE) from error
    return arrays


def _read(folder: Path) -> Checkpoint:
    files = _verified(folder)
    state = json.loads(files["state.json"])
    model, best, optimiser = (_arrays(folder, name, files) for name in _TENSORS)
    return Checkpoint(state.pop("step"), model, best, optimiser, state, folder.name.endswith(_KEPT))
