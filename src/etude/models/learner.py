"""Models that learn all at once, by counting or solving, and are nothing but arrays: what plugins bring. No torch.

An entry point in `etude.models` names a class of settings (a frozen dataclass) whose instances are Learners. What
was learned is kept as plain arrays with their fingerprint, so a file can be damaged but not run:

    model.safetensors   the arrays
    model.json          kind, settings, field sizes, the package that learned it, SHA-256 of the arrays
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from etude import registry
from etude.config import from_mapping, to_mapping
from etude.errors import BadInput, EtudeError, Reason, UsageError
from etude.files import sha256, write_atomically

FORMAT = 1
ARRAYS, ABOUT = "model.safetensors", "model.json"

Arrays = Mapping[str, NDArray[Any]]
Steps = NDArray[np.int32]


class Learner(Protocol):
    """The settings of a model that learns all at once. Both methods are pure functions of what they are given."""

    def learn(self, pieces: Sequence[Steps], field_sizes: Sequence[int]) -> Arrays:
        """All that is learned from `pieces`, int32[T, K] each, as arrays of numbers by name."""

    def model(self, arrays: Arrays, field_sizes: Sequence[int]) -> Any:
        """The Stepper, and Scorer, that plays from `arrays` alone. See `etude.stepper`."""


def is_learner(kind: str) -> bool:
    """Whether model.kind = `kind` names a Learner: it is imported to tell."""
    return hasattr(registry.get("models", kind), "learn")


def learner_of(settings: Mapping[str, Any]) -> Any:
    """The Learner of a recipe's table `model`, its settings checked. Raises UsageError naming what does not fit."""
    given = dict(settings)
    maker = registry.get("models", given.pop("kind"))
    return from_mapping(maker, given, "model.")


def learn(kind: str, learner: Learner, pieces: Sequence[Steps], field_sizes: Sequence[int]) -> Arrays:
    """What `learner` learns of `pieces`, held against its promises. Raises EtudeError naming its package."""
    learned = _called(kind, "while learning", learner.learn, pieces, field_sizes)
    for name, array in dict(learned).items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise EtudeError(f"{_who(kind)} learned something other than an array of numbers: '{name}'.")
    return {name: np.ascontiguousarray(array) for name, array in learned.items()}


def playing(kind: str, learner: Learner, arrays: Arrays, field_sizes: Sequence[int]) -> Any:
    """The Stepper that plays from `arrays`. Raises EtudeError naming the package when it cannot be made."""
    return _called(kind, "on what it has learned", learner.model, arrays, tuple(field_sizes))


def save(folder: Path, kind: str, learner: Learner, arrays: Arrays, field_sizes: Sequence[int]) -> None:
    """Writes what was learned into `folder`; the description comes last and carries the arrays' fingerprint."""
    from safetensors.numpy import save as packed

    data = packed(dict(arrays))
    about = {
        "format": FORMAT,
        "kind": kind,
        "settings": to_mapping(learner),
        "field_sizes": list(field_sizes),
        "package": _package(kind),
        "sha256": sha256(data),
    }
    write_atomically(folder / ARRAYS, data)
    write_atomically(folder / ABOUT, (json.dumps(about, indent=1) + "\n").encode())


def load(folder: Path) -> Any:
    """The Stepper that plays what `save` wrote into `folder`.

    Raises BadInput when it is not whole, UsageError naming the package when its plugin is not installed.
    """
    about, data = _read(folder)
    kind = str(about["kind"])
    if kind not in registry.names("models"):
        raise UsageError(
            f"{folder} was learned by the model '{kind}' of {about['package']}, which is not installed. "
            f"Install it: pip install {str(about['package']).partition(' ')[0]}"
        )
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpacked

    try:
        arrays = unpacked(data)
    except SafetensorError as error:
        raise BadInput(f"{folder / ARRAYS} is damaged: {error}. Train it again.", Reason.BAD_STRUCTURE) from error
    learner = learner_of({**about["settings"], "kind": kind})
    return playing(kind, learner, arrays, about["field_sizes"])


def _read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """The description and the bytes it describes."""
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        data = (folder / ARRAYS).read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} holds no model that can be read: {error}.", Reason.UNREADABLE) from error
    needed = {"kind", "settings", "field_sizes", "package"}
    if not isinstance(about, dict) or about.get("format") != FORMAT or needed - about.keys():
        raise BadInput(f"{folder / ABOUT} describes no model of format {FORMAT}.", Reason.UNSUPPORTED)
    if about.get("sha256") != sha256(data):
        raise BadInput(
            f"{folder / ARRAYS} is not the file that {ABOUT} describes. Train the model again.", Reason.TRUNCATED
        )
    return about, data


def _called(kind: str, when: str, function: Any, *given: Any) -> Any:
    """What a plugin's function says; whatever it raises becomes an EtudeError that names it."""
    try:
        return function(*given)
    except EtudeError:
        raise
    except Exception as error:
        raise EtudeError(f"{_who(kind)} failed {when}: {type(error).__name__}: {error}.") from error


def _who(kind: str) -> str:
    plugin = registry.added("models").get(kind)
    return str(plugin) if plugin else f"The model '{kind}'"


def _package(kind: str) -> str:
    """The package and its version that the model `kind` is of."""
    plugin = registry.added("models").get(kind)
    return f"{plugin.package} {plugin.version}" if plugin else ""
