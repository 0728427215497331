"""Public names: every room lists what it offers, everything listed exists, and nothing listed is hidden."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

ROOMS = (
    *("etude", "etude.score", "etude.formats", "etude.encodings", "etude.data", "etude.models", "etude.training"),
    *("etude.engine", "etude.sampling", "etude.evaluation", "etude.lab", "etude.apps.cli"),
)
NEED_TORCH = {"etude.models", "etude.training"}


@pytest.mark.parametrize("room", ROOMS)
def test_everything_listed_exists(room: str) -> None:
    if room in NEED_TORCH:
        pytest.importorskip("torch", reason="needs the extra 'train'")
    module = import_module(room)
    assert module.__doc__
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert name == "__version__" or not name.startswith("_")
        assert getattr(module, name) is not None, f"{room}.{name}"


@pytest.mark.parametrize("room", ROOMS)
def test_an_unknown_name_is_an_attribute_error(room: str) -> None:
    with pytest.raises(AttributeError):
        _ = import_module(room).no_such_name


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "etude.models"])
def test_no_room_loads_torch_when_it_is_imported(room: str) -> None:
    code = f"import sys, {room}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
