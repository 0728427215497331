"""Errors, registry and atomic files."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from etude import registry
from etude.errors import BadInput, EtudeError, MissingPart, Reason, UsageError
from etude.files import sha256, write_atomically


def test_each_error_has_its_exit_code() -> None:
    assert [kind.exit_code for kind in (EtudeError, UsageError, BadInput, MissingPart)] == [1, 2, 3, 4]
    assert "pip install 'etude[train]'" in str(MissingPart("Training", "train"))
    assert "pip install '.[train]'" in str(MissingPart("Training", "train"))


def test_bad_input_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(BadInput("broken", Reason.TRUNCATED, 12)))  # noqa: S301 - our own bytes
    assert (str(error), error.reason, error.offset) == ("broken", Reason.TRUNCATED, 12)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'transformer'"):
        registry.get("models", "transfromer")


@pytest.mark.parametrize("kind", sorted(registry.BUILT_IN))
def test_every_row_of_the_registry_is_there(kind: str) -> None:
    for name in registry.names(kind):
        assert registry.get(kind, name) is not None


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.bin"
    write_atomically(path, b"first")
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    write_atomically(path, b"old")
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from etude.files import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_atomically(Path(sys.argv[1]), b'x' * 5000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode != 0
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_sha256_is_the_standard_one() -> None:
    assert sha256(b"abc").startswith("ba7816bf8f01cfea")
