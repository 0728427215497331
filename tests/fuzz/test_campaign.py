"""Ten seconds of the campaign in every run of the tests; `python -m etude.testing.fuzz` does more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etude.formats import pool
from etude.render.audio.soundfonts import find_fluidsynth
from etude.testing.fuzz.__main__ import main
from etude.testing.fuzz.campaign import Campaign
from etude.testing.fuzz.guided import explore


@pytest.mark.parametrize(("kind", "count"), [("midi", 500), ("abc", 150), ("musicxml", 150), ("mxl", 120)])
def test_mutants_are_read_or_refused_as_promised(kind: str, count: int, tmp_path: Path) -> None:
    campaign = Campaign(kind, 20, tmp_path)
    campaign.mutants(0, count)
    found = campaign.tally
    assert not found.finds, found.finds
    assert found.files == count
    assert min(found.kept, found.refused, found.well_formed) > count / 20
    assert 10 * 2**20 < found.worker_bytes < 512 * 2**20, (
        "the memory of the worker was not seen, or it took too much"
    )
    assert found.slowest < 5.0


@pytest.mark.skipif(find_fluidsynth() is None, reason="needs FluidSynth")
def test_damaged_soundfonts_end_nothing(tmp_path: Path) -> None:
    campaign = Campaign("soundfont", 20, tmp_path)
    campaign.mutants(9, 13)
    assert not campaign.tally.finds, campaign.tally.finds
    assert campaign.tally.kept + campaign.tally.refused == 4
    assert campaign.tally.kept


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["midi", "abc", "musicxml", "mxl"])
def test_files_built_to_do_harm_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    campaign = Campaign(kind, 1, tmp_path)
    campaign.bombs()
    assert not campaign.tally.finds, campaign.tally.finds
    assert campaign.tally.worker_bytes < 2**30


def test_a_reader_that_dies_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.close_workers()
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "formats")
    campaign = Campaign("midi", 1, tmp_path)
    files = {"000000": b"die", "000001": campaign.kind.mutant(1, 1)}
    monkeypatch.setattr("etude.formats.guard.format_name", lambda path: "hostile:HOSTILE")
    campaign._batch(files)
    assert campaign.tally.faults == {"death": 1}
    assert (tmp_path / "midi-1-000000.mid").read_bytes() == b"die"


def test_the_program_says_what_it_found_and_leaves_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.json"
    assert main(["abc=20", "--no-bombs", "--out", str(tmp_path / "finds"), "--report", str(report)]) == 0
    assert "abc: 20 files" in capsys.readouterr().out
    assert json.loads(report.read_text())[0]["files"] == 20
    assert main(["opera=3"]) == 2
    assert "Known: midi" in capsys.readouterr().err
    monkeypatch.setattr("etude.testing.fuzz.campaign.complaints", lambda kind, data, readings: ["lost: all"])
    assert main(["abc=3", "--no-bombs", "--out", str(tmp_path / "finds")]) == 1
    assert "abc-1-000000.abc: lost: all" in capsys.readouterr().out


def test_the_search_that_follows_branches_finds_new_ones(tmp_path: Path) -> None:
    found = explore("midi", 1, 0.7, tmp_path)
    assert not found.finds
    assert found.reasons["inputs"] > 11, "the originals alone"
