"""etude learns symbolic music from a person's own collection, composes, plays, judges and explains it.

The verbs of the command line are here too, resolved when first used: `import etude` loads nothing heavy.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from etude.data import Collection
    from etude.evaluation import measure
    from etude.formats import read, write
    from etude.lab import compose, evaluate, load, train
    from etude.lab.study.asking import study
    from etude.score import Score

__all__ = [
    "Collection",
    "Score",
    "__version__",
    "compose",
    "evaluate",
    "load",
    "measure",
    "read",
    "study",
    "train",
    "write",
]

_HOMES = {
    "Collection": "etude.data",
    "Score": "etude.score",
    "compose": "etude.lab",
    "evaluate": "etude.lab",
    "load": "etude.lab",
    "measure": "etude.evaluation",
    "read": "etude.formats",
    "study": "etude.lab.study.asking",
    "train": "etude.lab",
    "write": "etude.formats",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'etude' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


if "IPython" in sys.modules:  # in a notebook a Score shows itself
    from etude.render.notebook import register

    register()
    del register
