"""The page on plugins is executed: its modules installed with their entry points, its script run."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.plugins.conftest import DOCS, blocks, install, run, write_files

PAGE = DOCS / "plugins.md"
LONGEST = 190  # lines


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for sys.path with the page's modules and entry points installed."""
    site = tmp_path / "site"
    write_files(PAGE, site, "python")
    (settings,) = (tomllib.loads(block) for block in blocks(PAGE, "toml"))
    install(site, settings["project"]["entry-points"])
    return site


def test_everything_on_the_page_keeps_its_laws(site: Path) -> None:
    run(site, "-W", "error", str(site / "try_them.py"))
    assert (site.parent / "table.csv").read_text().startswith("onset,")
    counted = run(site, "-m", "etude", "count-notes", "table.csv").stdout
    assert counted == "8\n"
    run(site, "-m", "etude", "render", "table.csv", "--format", "words,mid")
    assert (site.parent / "table.words").read_text() == "C C# D D# E F F# G"
    (site / "etude_plugin.dist-info" / "entry_points.txt").unlink()
    said = run(site, "-c", "import etude; etude.read('table.csv')", code=1).stderr
    assert "no reader knows the suffix" in said


def test_a_plugged_in_format_is_read_by_the_workers_of_ingest(site: Path) -> None:
    music = site.parent / "music"
    music.mkdir()
    rows = "\n".join(f"{480 * i},480,{60 + i},80,0" for i in range(8))
    (music / "scale.csv").write_text(f"onset,duration,pitch,velocity,track\n{rows}\n")
    (music / "broken.csv").write_text("onset,duration\n")
    run(site, "-m", "etude", "ingest", "music", "--out", "collection")
    ledger = (site.parent / "collection" / "ledger.jsonl").read_text()
    assert '"notes":8' in ledger
    assert "A table of notes has the head" in ledger


def test_the_page_stays_short() -> None:
    assert len(PAGE.read_text().splitlines()) <= LONGEST
