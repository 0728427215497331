"""The models that come with etude, by name: where their files lie, and what each is.

    folder/NAME.etude         the model that plays: 8-bit weights where they may stand, its metadata inside
           NAME.safetensors   its weights in full, for `etude train --from NAME`; nothing in it can run
           NAME.index         the passages it learned from, as hashes, with what real pieces share with them
           NAME.toml          recipe, data, licence, figures, and the SHA-256 of the three files above

The folder is part of the package; the environment variable ETUDE_BUNDLED names another one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from etude.config import read_toml
from etude.errors import BadInput, Reason
from etude.files import sha256

FOLDER = "ETUDE_BUNDLED"  # the environment variable
SHIPPED = "shipped"  # the folder of the package
PLANNED = ("folk", "chorale", "drums")  # what a full installation has; the first of them there is the default
LARGEST = 12_000_000  # bytes of one file in the wheel
MODEL, WEIGHTS, INDEX, FACTS = ".etude", ".safetensors", ".index", ".toml"


@dataclass(frozen=True)
class Bundled:
    """One model by name, with its files. `facts` raises BadInput when they do not belong together."""

    name: str
    folder: Path

    def file(self, suffix: str) -> Path:
        """The file of a kind: MODEL, WEIGHTS, INDEX or FACTS."""
        return self.folder / f"{self.name}{suffix}"

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What NAME.toml says: `recipe`, `data`, `files`, `figures`."""
        path = self.file(FACTS)
        if not path.is_file():
            raise BadInput(f"{path} is missing: install etude again.", Reason.UNREADABLE)
        return read_toml(path)

    @property
    def size(self) -> int:
        """Bytes of all its files together."""
        return sum(self.file(suffix).stat().st_size for suffix in (MODEL, WEIGHTS, INDEX) if self.has(suffix))

    def has(self, suffix: str) -> bool:
        """Whether the file of that kind is there."""
        return self.file(suffix).is_file()

    def read(self, suffix: str) -> bytes:
        """The bytes of a file, checked. Raises BadInput when it is missing or not the one that was bundled."""
        path = self.file(suffix)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(
                f"{path} cannot be read: {error.strerror}. Install etude again.", Reason.UNREADABLE
            ) from error
        if sha256(data) != self.facts["files"][path.name]["sha256"]:
            raise BadInput(
                f"{path} is not the file that {self.name} was bundled with: install etude again.",
                Reason.BAD_STRUCTURE,
            )
        return data


def bundled_folder() -> Path:
    """Where the models lie."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else Path(str(files("etude.lab") / SHIPPED))


def bundled_models(folder: Path | None = None) -> list[Bundled]:
    """All models there are, those of PLANNED first."""
    folder = folder or bundled_folder()
    names = {path.name.removesuffix(MODEL) for path in folder.glob(f"*{MODEL}")}
    order = [*(name for name in PLANNED if name in names), *sorted(names - set(PLANNED))]
    return [Bundled(name, folder) for name in order]


def find_bundled(name: str | Path) -> Bundled | None:
    """The model of that name; None where there is none. A path is no name."""
    return next((one for one in bundled_models() if one.name == str(name)), None)


def names_in_words() -> str:
    """The names of all there are, for a message."""
    found = ", ".join(one.name for one in bundled_models())
    return f"This etude comes with: {found}." if found else "This etude comes with no model of its own."
