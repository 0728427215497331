"""Runs and studies in the studio: pieces by step; reports in which nothing runs and nothing outside is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etude.lab.page import Card, Section, page

Studio = Any  # see conftest


def test_pieces_of_a_training_are_shown_by_step(studio: Studio) -> None:
    (run,) = studio.client.get("/api/runs").json()["runs"]
    assert run["samples"] == [[100, 1], [200, 1]]
    one, two = (studio.client.get(f"/api/runs/{run['id']}/samples/{step}-1").json() for step in (100, 200))
    assert one["notes"]
    assert one["notes"] != two["notes"]
    assert (one["step"], one["bars"][0]) == (100, 0)
    for name in ("300-1", "100-2", "100", "step-00000100-1", "..%2f..%2fmodel.ngram", "100-1.mid"):
        assert studio.client.get(f"/api/runs/{run['id']}/samples/{name}").status_code == 404, name
    assert studio.client.get(f"/api/runs/{'0' * 16}/samples/100-1").status_code == 404


@pytest.fixture
def report(studio: Studio) -> Path:
    """A study whose report names a sound, a table, and a file that is none of its business."""
    folder = studio.desk.supplies.studies / "first"
    (folder / "drawn").mkdir(parents=True, exist_ok=True)
    (folder / "drawn" / "it's.wav").write_bytes(b"RIFFsound")
    (folder / "effects.csv").write_text("a,b")
    (folder / "notes.txt").write_text("mine")
    (folder.parent / "token").write_text("secret")
    named = ["effects.csv", "../token", "notes.txt", "/etc/passwd", "drawn"]
    card = Card(title="<b>one</b>", caption="", audio="drawn/it's.wav", files=named)
    html = page("Study of folk", "lead", [Section("Pieces", cards=[card])])
    (folder / "report.html").write_text(html + "<script>alert(1)</script>")
    (folder / "conclusions.json").write_text('{"in short": "Nothing is kept."}')
    return folder


def test_a_report_names_its_files_by_number_and_runs_nothing(studio: Studio, report: Path) -> None:
    (study,) = studio.client.get("/api/studies").json()["studies"]
    assert (study["name"], study["short"]) == ("first", "Nothing is kept.")
    shown = studio.client.get(f"/api/studies/{study['id']}/report")
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-same-origin allow-downloads; default-src 'none'")
    assert "script" not in policy
    assert shown.headers.get_list("content-security-policy") == [policy]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "src='files/0'" in shown.text
    assert "drawn/" not in shown.text
    base = f"/api/studies/{study['id']}/files"
    sound = studio.client.get(f"{base}/0")
    assert (sound.content, sound.headers["content-type"]) == (b"RIFFsound", "audio/wav")
    assert studio.client.get(f"{base}/1").text == "a,b"
    for at in ("2", "3", "4", "5", "6", "99"):
        assert studio.client.get(f"{base}/{at}").status_code == 404, at
    for at in ("-1", "x", "1e1", "..%2f..%2ftoken"):
        assert studio.client.get(f"{base}/{at}").status_code in (400, 404), at
    assert studio.client.get(f"/api/studies/{'0' * 16}/report").status_code == 404


def test_a_link_out_of_a_study_leads_nowhere(studio: Studio, report: Path) -> None:
    (report / "effects.csv").unlink()
    (report / "effects.csv").symlink_to(report.parent / "token")
    (study,) = studio.client.get("/api/studies").json()["studies"]
    assert studio.client.get(f"/api/studies/{study['id']}/files/1").status_code == 404
