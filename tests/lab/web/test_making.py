"""The folder of a page, and where its runtime comes from, without a browser."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from etude.errors import BadInput, EtudeError, MissingPart, UsageError
from etude.lab.web import making
from etude.lab.web import runtime as fetching
from etude.lab.web.runtime import ABOUT, FILES, NAME, VERSION, MissingRuntime, runtime
from etude.lab.web.source import source

PARTS = {ABOUT: json.dumps({"name": NAME, "version": "9.9.9"}).encode(), **dict.fromkeys(FILES, b"code")}


def archive(files: dict[str, bytes]) -> bytes:
    """A package file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def installed(folder: Path, files: dict[str, bytes]) -> Path:
    """An unpacked package."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_a_package_is_read_from_a_file_a_folder_or_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "package.tgz").write_bytes(archive(PARTS))
    installed(tmp_path / "project" / "node_modules" / NAME, PARTS)
    places = ("package.tgz", "project", f"project/node_modules/{NAME}", "project/node_modules")
    for place in places:
        found = runtime(tmp_path / place)
        assert found.version == "9.9.9"
        assert set(found.files) == {ABOUT, *(Path(name).name for name in FILES)}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {name: data for name, data in PARTS.items() if name != FILES[0]},
        {**PARTS, ABOUT: b'{"name": "another", "version": "1"}'},
        {**PARTS, ABOUT: b"[]"},
        {**PARTS, ABOUT: b"{"},
    ],
)
def test_what_is_no_such_package_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "package.tgz").write_bytes(archive(files))
    (tmp_path / "torn.tgz").write_bytes(archive(files)[:40])
    for place in (tmp_path / "package.tgz", tmp_path / "torn.tgz", installed(tmp_path / "folder", files)):
        if place.exists():
            with pytest.raises(BadInput, match=r"no package onnxruntime-web|cannot be read"):
                runtime(place)


def npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command npm that does what `script` says."""
    path = folder / "bin" / "npm"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


def test_a_package_that_is_not_the_published_one_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "false.tgz").write_bytes(archive(PARTS))
    npm(tmp_path, f'cp {tmp_path}/false.tgz "$4/{NAME}-{VERSION}.tgz"', monkeypatch)
    with pytest.raises(EtudeError, match="not the published one"):
        runtime()


def test_what_npm_said_is_told_with_another_way(tmp_path: Path, monkeypatch: Any) -> None:
    npm(tmp_path, "echo no such host >&2; exit 1", monkeypatch)
    with pytest.raises(MissingPart, match=r"no such host.*--runtime onnxruntime-web-") as raised:
        runtime()
    assert raised.value.exit_code == 4
    monkeypatch.setattr(fetching.shutil, "which", lambda name: None)
    with pytest.raises(MissingRuntime, match="no command `npm`"):
        runtime()


def test_nothing_is_written_over_what_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(UsageError, match="no page of etude"):
        making.export_page(tmp_path / "none", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_page_is_exchanged_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "page"
    making._put(out, {making.MARK: b"1", "old.js": b""})
    making._put(out, {making.MARK: b"2", "runtime/a.mjs": b""})
    assert sorted(path.name for path in out.rglob("*")) == ["a.mjs", making.MARK, "runtime"]
    with pytest.raises(TypeError):
        making._put(out, {making.MARK: "no bytes"})  # type: ignore[dict-item]
    assert (out / making.MARK).read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["page"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o755


def test_no_model_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no model"):
        source(tmp_path / "nothing", "auto")
