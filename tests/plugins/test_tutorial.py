"""The tutorial from an empty folder: its files are written, the package is installed, its commands are called."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from tests.plugins.conftest import DOCS, blocks, run, write_files

from etude.testing.scores import abc_tune

PAGE = DOCS / "plugins" / "tutorial.md"
LONGEST = 180  # lines
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command of the page said on stdout, after all of them were called in order, in one folder."""
    folder = tmp_path_factory.mktemp("tutorial")
    site = folder / "site"
    write_files(PAGE, folder, "python", "toml")
    (folder / "tunes.abc").write_text("\n".join(map(abc_tune, range(1, 25))))
    out = {}
    for line in (line for block in blocks(PAGE, "console") for line in block.splitlines()):
        out[line] = run(site, "-W", "error", *_words(line, site)).stdout
    return out


def _words(line: str, site: Path) -> list[str]:
    """What Python is given for a line of the page: pip installs into `site`, without a network."""
    program, *rest = shlex.split(line)
    if program == "pip":
        return ["-W", "ignore", "-m", "pip", *rest, *OFFLINE, "--target", str(site)]
    return ["-m", "etude", *rest] if program == "etude" else rest


def _of(said: dict[str, str], start: str) -> str:
    (found,) = (text for line, text in said.items() if line.startswith(start))
    return found


def test_the_laws_hold_and_both_plugins_are_listed(said: dict[str, str]) -> None:
    assert "2 passed" in _of(said, "python -m pytest")
    listed = [line.split() for line in _of(said, "etude plugins").splitlines()]
    assert [row for row in listed if "etude-markov" in row] == [
        ["models", "markov", "etude-markov", "0.1", "ok"],
        ["metrics", "marked_downbeats", "etude-markov", "0.1", "ok"],
    ]


def test_the_chain_is_trained_composes_and_is_judged_beside_the_baselines(said: dict[str, str]) -> None:
    assert "bits/note" in _of(said, "etude train")
    assert _of(said, "etude compose").count(" 8 bars") == 2
    rows = [line.split() for line in _of(said, "etude evaluate").splitlines() if line.startswith("full ")]
    bits = {row[1]: float(row[3]) for row in rows}
    assert bits["ngram"] < bits["model"] < bits["uniform"]


def test_the_metric_is_a_row_of_measure_and_of_evaluate(said: dict[str, str]) -> None:
    for command in ("etude measure", "etude evaluate"):
        (row,) = (line.split() for line in _of(said, command).splitlines() if line.startswith("marked_downbeats"))
        assert row[1] == "share"
        assert 0 <= float(row[2]) <= 1


def test_the_page_stays_short() -> None:
    assert len(PAGE.read_text().splitlines()) <= LONGEST
