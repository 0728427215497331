"""Checkpoints: what is damaged is noticed, what is whole is found, and nobody writes over anybody."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput, EtudeError, UsageError
from etude.training import Checkpoint, CheckpointFolder, CheckpointWarning, load_weights

FILES = ["model.safetensors", "best.safetensors", "optimiser.safetensors", "state.json", "manifest.json"]


def checkpoint(step: int) -> Checkpoint:
    random = np.random.default_rng(step)
    model = {"a": random.normal(size=(7, 3)).astype(np.float32), "n": np.array(step)}
    best = {"a": model["a"] + 1, "n": np.array(step - 1)}
    return Checkpoint(step, model, best, {"exp_avg/a": model["a"] ** 2}, {"progress": {"seconds": 0.1 + step}})


def same(one: Checkpoint, other: Checkpoint) -> bool:
    arrays = all(
        mine.keys() == theirs.keys() and all(np.array_equal(mine[name], theirs[name]) for name in mine)
        for mine, theirs in ((getattr(one, kind), getattr(other, kind)) for kind in ("model", "best", "optimiser"))
    )
    return arrays and (one.step, one.state) == (other.step, other.state)


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    """Checkpoints of steps 1, 2 and 3, of which two stay."""
    made = CheckpointFolder(tmp_path / "checkpoints")
    for step in (1, 2, 3):
        made.save(checkpoint(step))
    return made


def newest(folder: CheckpointFolder) -> Path:
    return max(entry for entry in folder.path.iterdir() if entry.is_dir())


def test_what_was_saved_comes_back(folder: CheckpointFolder) -> None:
    found = folder.latest()
    assert found is not None
    assert same(found, checkpoint(3))
    assert sorted(os.listdir(newest(folder))) == sorted(FILES)
    assert np.array_equal(load_weights(folder.path)["a"], checkpoint(3).best["a"])
    assert np.array_equal(load_weights(folder.path, "model")["a"], checkpoint(3).model["a"])


def test_two_stay(folder: CheckpointFolder) -> None:
    assert [name[-8:] for name in sorted(os.listdir(folder.path))] == ["00000002", "00000003"]


def test_the_newest_is_the_one_written_last_whatever_its_step(folder: CheckpointFolder) -> None:
    folder.save(checkpoint(2))
    found = folder.latest()
    assert found is not None
    assert found.step == 2


def test_no_checkpoint_is_no_error_but_no_weights_are(tmp_path: Path) -> None:
    assert CheckpointFolder(tmp_path / "none").latest() is None
    with pytest.raises(BadInput, match="no checkpoint"):
        load_weights(tmp_path / "none")


def test_any_flipped_bit_is_noticed_and_the_one_before_is_used(folder: CheckpointFolder) -> None:
    random = np.random.default_rng(0)
    for _ in range(150):
        path = newest(folder) / FILES[int(random.integers(len(FILES)))]
        whole = path.read_bytes()
        place = int(random.integers(len(whole)))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(random.integers(8))
        path.write_bytes(flipped)
        with pytest.warns(CheckpointWarning, match=path.parent.name):
            found = folder.latest()
        assert found is not None
        assert same(found, checkpoint(2)), f"{path.name}, byte {place}"
        path.write_bytes(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert folder.latest() is not None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["cut", "empty", "gone", "older", "longer"])
def test_any_other_damage_is_noticed_too(folder: CheckpointFolder, name: str, how: str) -> None:
    path = newest(folder) / name
    older = next(entry for entry in sorted(folder.path.iterdir()) if entry.is_dir()) / name
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "older":
        shutil.copy(older, path)
    else:
        path.write_bytes({"cut": data[:-1], "empty": b"", "longer": data + b"\n"}[how])
    with pytest.warns(CheckpointWarning, match=path.parent.name if name == "manifest.json" else name):
        found = folder.latest()
    assert found is not None
    assert found.step == 2


def test_when_all_are_damaged_it_says_so(folder: CheckpointFolder) -> None:
    for entry in folder.path.iterdir():
        (entry / "state.json").write_bytes(b"{}")
    with pytest.raises(BadInput, match="No good one is left"):
        folder.latest()


def test_a_newer_format_is_named(folder: CheckpointFolder) -> None:
    for entry in folder.path.iterdir():
        manifest = json.loads((entry / "manifest.json").read_text())
        manifest["format_version"] = 2
        (entry / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    with pytest.raises(BadInput, match="format 2"):
        folder.latest()


def test_a_pickle_in_the_place_of_weights_is_not_run(folder: CheckpointFolder, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    code = f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()
    for entry in folder.path.iterdir():
        (entry / "model.safetensors").write_bytes(code)
    with pytest.raises(BadInput):
        folder.latest()
    assert not canary.exists()


def test_a_full_disk_leaves_the_last_one_whole(folder: CheckpointFolder) -> None:
    code = (
        "import resource, sys, numpy as np\n"
        "from etude.errors import EtudeError\n"
        "from etude.training import Checkpoint, CheckpointFolder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "big = {'a': np.zeros(100_000, np.float32)}\n"
        "try:\n"
        "    CheckpointFolder(sys.argv[1]).save(Checkpoint(4, big, big, {}, {}))\n"
        "except EtudeError as error:\n"
        "    print(error); sys.exit(error.exit_code)\n"
    )
    out = subprocess.run([sys.executable, "-c", code, str(folder.path)], capture_output=True, text=True)
    assert out.returncode == 1
    assert "could not be written" in out.stdout
    assert "--resume" in out.stdout
    found = folder.latest()
    assert found is not None
    assert found.step == 3
    assert not [name for name in os.listdir(folder.path) if name.startswith(".")]


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EtudeError, match="could not be written"):
        CheckpointFolder(tmp_path / "file" / "checkpoints").save(checkpoint(1))


def test_leftovers_of_a_killed_save_are_cleared(folder: CheckpointFolder) -> None:
    left = folder.path / ".new-000009-step-00000009"
    left.mkdir()
    (left / "model.safetensors").write_bytes(b"half")
    found = folder.latest()
    assert found is not None
    assert found.step == 3
    with folder.locked():
        assert not left.exists()


def test_two_trainers_cannot_share_a_folder_and_a_killed_one_frees_it(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from etude.training import CheckpointFolder\n"
        "with CheckpointFolder(sys.argv[1]).locked():\n"
        "    print('in', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "in\n"
        with pytest.raises(UsageError, match="Another training"), CheckpointFolder(tmp_path).locked():
            pass
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    with CheckpointFolder(tmp_path).locked():
        pass
