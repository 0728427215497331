"""Pages that are run, and packages as an installer would leave them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from etude import registry

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.S)


def write_files(page: Path, folder: Path, *languages: str) -> None:
    """Writes the files of a page: each is a block whose first line is a comment with its name."""
    folder.mkdir(exist_ok=True)
    for block in (one for language in languages for one in blocks(page, language)):
        (folder / block.partition("\n")[0].removeprefix("# ")).write_text(block)


def install(
    site: Path, groups: Mapping[str, Mapping[str, str]], name: str = "etude-plugin", version: str = "1.0"
) -> None:
    """Puts into `site` what an installer writes about a package with these entry points."""
    info = site / f"{name.replace('-', '_')}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in groups.items()]
    (info / "entry_points.txt").write_text("".join(lines))


def run(site: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """How Python ends with `site` on its path, beside which it works; it must end with `code`."""
    environment = {**os.environ, "PYTHONPATH": str(site), "ETUDE_CACHE": str(site.parent / "cache")}
    done = subprocess.run(
        [sys.executable, *words], cwd=site.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on this process's path, to write modules and to `install` into; then nothing of it is left."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)
    registry.plugins.cache_clear()
    yield site
    registry.plugins.cache_clear()
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(site)):
            del sys.modules[name]
