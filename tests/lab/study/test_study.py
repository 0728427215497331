"""A whole study in small, of counted models: trained, compared, kept, confirmed, reported, gone on with."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.errors import UsageError
from etude.lab.comparing import compare_runs
from etude.lab.history import add_note, flat
from etude.lab.recipe import load_recipe
from etude.lab.study.asking import ask
from etude.lab.study.card import card_of, write_card
from etude.lab.study.study import Study

ASKED: dict[str, Any] = {
    "factors": ["data.pieces=0,1000"],
    "seeds": 2,
    "samples": 1,
    "confirm": 1,
    "settings": ["data.pieces=12"],
}
PLANNED = """
[planned."in other keys"]
set = ["data.transpose=[-5, 6]"]
date = "2026-12-01"
status = "waits for a free weekend"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies") / "pieces"


@pytest.fixture(scope="module")
def study(cache: None, book: Path, folder: Path) -> Study:
    return ask("ngram", {**ASKED, "data": str(book)}, folder, {"workers": 2})


def text(folder: Path, name: str = "report.md") -> str:
    return (folder / name).read_text("utf-8")


def test_the_change_that_did_it_is_kept(study: Study) -> None:
    more, too_many = study.found
    assert more.contrast.name == "pieces=0"
    assert more.decision == "keep"
    assert more.verdict.startswith("lower by ")
    assert too_many.verdict == "no evidence (no run to compare)"
    answer = study.answer()
    assert set(answer) >= {"baseline", "factors"}
    assert set(answer["factors"]["data.pieces"]["0"]) >= {"effect", "low", "high", "verdict"}


def test_a_crashed_run_is_a_row(study: Study, folder: Path) -> None:
    crashed = [row for row in study.rows if row.state == "crashed"]
    assert [(row.arm, row.seed) for row in crashed] == [("pieces=1000", 0), ("pieces=1000", 1)]
    assert "the training side holds" in crashed[0].message
    assert text(folder).count("the training side holds") >= 2


def test_the_kept_changes_are_confirmed_once(study: Study, folder: Path) -> None:
    best = flat(load_recipe(str(folder / "best.toml")).mapping())
    assert best["data.pieces"] == 0
    assert study.confirmed["seeds"] == 1
    assert study.confirmed["changes"] == {"data.pieces": "0"}
    assert study.confirmed["test"]["mean"] < 0
    assert json.loads(text(folder, "looks.json"))[0]["changes"] == {"data.pieces": "0"}
    assert (folder / "runs" / "baseline-s2" / "recipe.toml").is_file()  # a seed that decided nothing


def test_the_report_tells_all(study: Study, folder: Path) -> None:
    for words in ("<- CHANGED", "**Hypothesis**", "Power:", "Settings that differ", "samples/"):
        assert words in text(folder), words
    page = text(folder, "report.html")
    assert "data:image/svg+xml" in page
    assert "<audio" in page
    assert "http" not in page.replace("http-equiv", "")


def test_going_on_trains_nothing_again_and_keeps_a_persons_words(study: Study, folder: Path, book: Path) -> None:
    drawn = "pieces=0: bits/note lower"
    assert drawn in text(folder)
    lines = text(folder).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(drawn))
    lines[at] = "More tunes help, and I can hear it."
    (folder / "report.md").write_text("\n".join(lines))
    (folder / "study.toml").write_text(text(folder, "study.toml") + PLANNED)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/log.jsonl")}
    again = ask(str(folder / "study.toml"), {"pack": folder.parent / "study.zip"}, None, {})
    assert {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/log.jsonl")} == before
    assert "More tunes help, and I can hear it." in text(folder)
    assert "More tunes help, and I can hear it. (edited by hand)" in text(folder, "report.html")
    assert drawn not in text(folder).split("## What the figures rest on")[0]
    planned = next(row for row in again.rows if row.state == "planned")
    assert (planned.arm, planned.message) == ("in other keys", "2026-12-01: waits for a free weekend")
    assert "planned for 2026-12-01: waits for a free weekend" in text(folder)
    assert again.confirmed == study.confirmed
    with zipfile.ZipFile(folder.parent / "study.zip") as packed:
        names = packed.namelist()
        linked = re.findall("src='(runs/[^']+)'", packed.read("report.html").decode())
    assert {"report.md", "report.html", "best.toml", "study.toml", "runs/best_pieces=0-s2/recipe.toml"} <= set(
        names
    )
    assert linked
    assert set(linked) <= set(names)


def test_another_baseline_is_another_study(study: Study, folder: Path, book: Path) -> None:
    other = {**ASKED, "data": str(book), "settings": ["data.pieces=13"]}
    with pytest.raises(UsageError, match="begun with another recipe"):
        ask("ngram", other, folder, {})


def test_nothing_varied_is_no_study(folder: Path, study: Study) -> None:
    with pytest.raises(UsageError, match="Nothing is varied"):
        ask("ngram", {}, folder.parent / "none", {})
    with pytest.raises(UsageError, match="no measure 'beauty'"):
        ask("ngram", {**ASKED, "measures": ["beauty"]}, folder.parent / "none", {})
    assert not (folder.parent / "none").exists()
    assert replace(study, confirmed={}).answer()["confirmed"] == {}


def test_runs_are_compared_by_the_piece(study: Study, folder: Path) -> None:
    less, more = folder / "runs" / "baseline-s0", folder / "runs" / "pieces=0-s0"
    changed, found = compare_runs([less, more])
    assert changed == {str(more): {"data.pieces": (12, 0)}}
    difference = found.rows[1].difference
    assert difference is not None
    assert difference.value < 0


def test_the_card_of_a_run_names_what_changed(study: Study, folder: Path) -> None:
    add_note(folder / "runs" / "pieces=0-s0", "the endings are better")
    card = card_of(folder / "runs" / "pieces=0-s0")
    assert card.parent == folder / "runs" / "baseline-s0"
    assert card.changed == {"data.pieces": (12, 0)}
    assert any("bits/note beside baseline-s0" in line for line in card.strengths)
    text = write_card(card).read_text()
    assert "data.pieces: 12 -> 0" in text
    assert "the endings are better" in text


def test_drawing_is_studied_without_training(study: Study, folder: Path) -> None:
    model = folder / "runs" / "baseline-s0"
    before = sorted(path for path in model.rglob("*") if path.is_file())
    asked = {"factors": ["sampling.temperature=0.01", "prompt=CDEF GABc"], "seeds": 2, "samples": 1}
    out = folder.parent / "drawn"
    found = ask(str(model), {**asked, "measures": ["pitch_entropy"]}, out, {})
    assert [one.contrast.name for one in found.found] == ["temperature=0.01", "prompt=CDEF GABc"]
    assert [one.key for one in found.outcomes] == ["distance", "pitch_entropy"]
    assert all(row.state == "done" for row in found.rows)
    cold, usual = (found.columns.of(arm, "pitch_entropy") for arm in ("temperature=0.01", "baseline"))
    assert np.ptp(cold) < np.ptp(usual)  # whatever the seed, nearly the likeliest notes
    assert sorted(path for path in model.rglob("*") if path.is_file()) == before
    mixed = {**asked, "factors": ["sampling.temperature=0.5", "model.layers=2"]}
    with pytest.raises(UsageError, match="two studies"):
        ask("folk", mixed, folder.parent / "mixed", {})
