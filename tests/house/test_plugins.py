"""The page on plugins is executed: its modules installed with their entry points, its scripts run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from etude.testing.scores import abc_tune

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"
LONGEST = 120  # lines


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.S)


def install(site: Path, groups: Mapping[str, Mapping[str, str]], version: str = "1.0") -> None:
    """Puts into `site` what an installer writes about a package with these entry points."""
    info = site / "etude_plugin.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: etude-plugin\nVersion: {version}\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in groups.items()]
    (info / "entry_points.txt").write_text("".join(lines))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for sys.path with the page's modules and entry points installed, and a book of tunes beside it."""
    site = tmp_path / "site"
    site.mkdir()
    for block in blocks("python"):
        (site / block.partition("\n")[0].removeprefix("# ")).write_text(block)
    (settings,) = (tomllib.loads(block) for block in blocks("toml"))
    install(site, settings["project"]["entry-points"])
    (tmp_path / "tunes.abc").write_text("\n".join(map(abc_tune, range(1, 25))))
    return site


def run(site: Path, *words: str) -> str:
    """What Python says with `site` on its path; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(site), "ETUDE_CACHE": str(site.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", *words], cwd=site.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_markov_chain_keeps_the_laws_composes_and_is_judged(site: Path) -> None:
    said = run(site, str(site / "try_markov.py"))
    bits = {name: float(figure.split()[0]) for name, figure in (line.split(": ") for line in said.splitlines())}
    assert set(bits) == {"markov", "uniform", "ngram", "ngram+copy"}
    assert bits["markov"] < bits["uniform"]
    assert (site.parent / "markov.mid").read_bytes()[:4] == b"MThd"


def test_the_format_keeps_the_laws_and_is_found_by_its_suffix(site: Path) -> None:
    run(site, str(site / "try_csv.py"))
    assert (site.parent / "table.csv").read_text().startswith("onset,")


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


def test_without_the_entry_point_nobody_knows_the_suffix(site: Path) -> None:
    (site / "etude_plugin.dist-info" / "entry_points.txt").unlink()
    with pytest.raises(AssertionError, match="no reader knows the suffix"):
        run(site, "-c", "import etude; etude.read('table.csv')")


def test_an_encoding_is_found_by_its_name(site: Path) -> None:
    install(site, {"etude.encodings": {"plain-letters": "etude.encodings.letters:Letters"}})
    said = run(site, "-c", "from etude.encodings import build; print(build('plain-letters').fields[0].name)")
    assert said == "letter\n"


def test_a_new_version_of_a_plugin_is_a_new_cache_key(site: Path) -> None:
    ask = "from etude.data.cache import code_version; print(code_version('formats'))"
    first = run(site, "-c", ask)
    assert run(site, "-c", ask) == first
    install(site, {"etude.formats": {"csv": "etude_csv:FORMAT"}}, version="1.1")
    assert run(site, "-c", ask) != first


def test_the_page_fits_on_two_screens() -> None:
    assert len(PAGE.read_text().splitlines()) <= LONGEST
