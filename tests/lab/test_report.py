"""Reports: one page that needs nothing beside it, each plot with a caption, a text and its numbers."""

from __future__ import annotations

import base64
import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from etude import formats
from etude.apps.cli.main import cli
from etude.encodings import build
from etude.evaluation import METRICS, HeldOut, Uniform, measure, profile
from etude.evaluation.originality import Passages
from etude.evaluation.remembering import Remembered
from etude.evaluation.sets import Estimate, Features, compare_sets, variety
from etude.lab.evaluating import Evaluation
from etude.lab.findings import Finding
from etude.lab.judgement import Judgement, Question
from etude.lab.loading import Loaded
from etude.lab.measuring import Measured, measure_files
from etude.lab.originality import Known
from etude.lab.remembering import Memory
from etude.lab.report import evaluate_report, measure_report
from etude.lab.report.shelf import csv_text, number
from etude.lab.sampled import Sampled
from etude.lab.standing import copied
from etude.sampling import Sampling
from etude.score import Metadata, Score
from etude.testing.fakes import TableStepper, random_piece
from etude.testing.scores import random_score

HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "ul", "li", "div", "table", "thead"),
    *("tbody", "tr", "th", "td", "figure", "figcaption", "img", "a", "section", "audio", "code"),
}


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def check(path: Path) -> Page:
    """What every report keeps: no script, nothing fetched, every picture told in words and numbers."""
    page = Page(path)
    assert {tag for tag, _ in page.tags} <= HARMLESS
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        assert str(attributes.get("src", "data:")).startswith("data:"), tag
    for picture in page.all("img"):
        assert len(str(picture["alt"])) > 10
        assert b"<svg" in base64.b64decode(str(picture["src"]).partition(",")[2])
    for link in page.all("a"):
        rows = list(csv.reader((path.parent / str(link["href"])).read_text().splitlines()))
        assert len(rows) > 1, link
        assert len({len(row) for row in rows}) == 1, link
    assert len(page.all("figcaption")) == len(page.all("figure"))
    return page


def piece(seed: int, title: str = "") -> Score:
    """A short random piece."""
    return replace(random_score(seed, notes=80, tracks=1), meta=Metadata(title=title))


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names in its header."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Ten random pieces beside twenty others."""
    scores = [piece(seed, f"<b>{seed}</b>") for seed in range(10)]
    real = [*(piece(seed) for seed in range(100, 119)), scores[3]]  # one was copied
    names = [f"tune {number}" for number in range(20)]
    ours, theirs = Features.of(scores), Features.of(real)
    return Measured(
        scores,
        [score.meta.title for score in scores],
        ["x.mid: broken"],
        ours,
        "folk",
        theirs,
        real,
        compare_sets(ours, theirs),
        variety(scores, ours, real, theirs),
        copied=copied(scores, [f"piece {number}" for number in range(10)], Known(Passages.of(real, names), None)),
        findings=[Finding("x", "Too <loud>.", "--soft")],
    )


@pytest.fixture(scope="module")
def folder(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of `measured`."""
    return measure_report(measured, tmp_path_factory.mktemp("report"), "etude measure <x>").parent


def test_the_page_of_measures_tells_all_it_shows(measured: Measured, folder: Path) -> None:
    page = check(folder / "index.html")
    assert "Too <loud>. Try --soft." in page.text
    assert "etude measure <x>" in page.text
    assert "1 could not be read" in page.text
    assert len(page.all("audio")) == 4
    copies = rows_of(folder / "copied.csv")
    assert copies[0]["piece"] == "piece 3"
    assert copies[0]["stands in"] == "tune 19"
    assert int(copies[0]["longest copied"]) > int(copies[1]["longest copied"])
    for metric in METRICS:
        assert metric.name.replace("_", " ") in page.text
    rows = rows_of(folder / "measures.csv")
    assert [row["measure"] for row in rows] == [metric.name for metric in METRICS]
    notes = next(row for row in rows if row["measure"] == "notes")
    assert float(notes["value"]) == pytest.approx(measured.features.metrics["notes"].mean(), rel=1e-5)
    assert float(notes["its 95 %"]) >= float(notes["its 5 %"])


def test_the_numbers_of_a_plot_are_those_that_were_measured(measured: Measured, folder: Path) -> None:
    rows = rows_of(folder / "pitch_class_histogram.csv")
    shares = profile(measured.scores)["pitch_class_histogram"]
    expected = np.mean([row / row.sum() for row in shares], axis=0)
    assert [float(row["these pieces"]) for row in rows] == pytest.approx(expected.tolist(), rel=1e-4)
    alike = profile(measured.scores[:1])["self_similarity"][0]
    form = [list(row.values()) for row in rows_of(folder / "form-1.csv")]
    assert np.array(form, float)[:, 2:] == pytest.approx(alike, abs=1e-4)


def recalled() -> Memory:
    """What a model and a baseline remember, in made-up figures."""
    ours = Remembered(
        9,
        {"1-16": Estimate(2.0, 1.9, 2.1), "17-32": Estimate(1.5, 1.4, 1.6)},
        {"16": Estimate(1.8, 1.7, 1.9), "whole": Estimate(1.2, 1.1, 1.3)},
        Estimate(0.3, 0.2, 0.4),
    )
    return Memory({"model": ours, "ngram+copy": replace(ours, strain_gain=Estimate(0.9, 0.8, 1.0))}, "valid")


def judgement(protocols: tuple[str, ...] = ("full",)) -> Judgement:
    """Of a model over two fields, with a short training behind it."""
    pieces = [random_piece((5, 3), 12, seed) for seed in range(9)]
    held = HeldOut(
        pieces,
        ("pitch", "length"),
        np.full(9, 10),
        np.full(9, 10),
        np.full(9, 5.0),
        np.full(9, 8.0),
        {"onsets": [piece > 2 for piece in pieces]},
    )
    found = [
        Evaluation(
            protocol,
            "valid",
            held.price(TableStepper.random((5, 3)), protocol),
            {"uniform": held.price(Uniform((5, 3)), protocol)},
        )
        for protocol in protocols
    ]
    records = [
        {
            "step": step,
            "seconds": step / 2,
            "train_nats_per_step": 3 - step / 9,
            "valid_nats_per_step": 3.1 - step / 9,
        }
        for step in range(1, 6)
    ]
    composed, real = ([piece(seed + start) for seed in range(9)] for start in (0, 50))
    heard = Sampled(composed, real, measure(composed), measure(real))
    loaded = Loaded("runs/<x>", "", None, build("notes"), Sampling(), {})
    said = [Finding("x", "Fine.")]
    return Judgement(loaded, Question(protocols=protocols), found, said, None, heard, records, recalled())


def test_the_page_of_an_evaluation_tells_all_it_shows(tmp_path: Path) -> None:
    given = judgement(("full", "context:4"))
    page = check(evaluate_report(given, tmp_path, "etude evaluate"))
    assert "Evaluation of runs/<x>" in page.text
    assert "Protocol context:4" in page.text
    assert "onsets" in page.text
    assert len(page.all("audio")) == 6
    assert given.memory is not None
    assert given.memory.sentence in page.text
    seen = rows_of(tmp_path / "memory-by-context.csv")
    assert [float(row["nats per step"]) for row in seen] == [1.8, 1.2, 1.8, 1.2]
    rows = rows_of(tmp_path / "likelihood-context-4.csv")
    assert [row["model"] for row in rows] == ["model", "uniform"]
    assert float(rows[1]["bits per note"]) == pytest.approx(
        given.evaluations[1].baselines["uniform"].bits_per_note, rel=1e-5
    )
    course = rows_of(tmp_path / "loss.csv")
    assert [float(row["held-out nats per step"]) for row in course] == pytest.approx(
        [record["valid_nats_per_step"] for record in given.records], rel=1e-5
    )


def test_an_exported_model_that_composes_nothing_has_a_page(tmp_path: Path) -> None:
    bare = replace(judgement(), heard=None, records=[], memory=None)
    page = check(evaluate_report(bare, tmp_path))
    assert not page.all("img")


def test_measure_writes_the_page_it_names(tmp_path: Path) -> None:
    for seed in range(2):
        formats.write(piece(seed), tmp_path / f"{seed}.mid")
    out = tmp_path / "report"
    done = CliRunner().invoke(cli, ["measure", *map(str, tmp_path.glob("*.mid")), "--html", str(out), "--json"])
    answer: dict[str, Any] = json.loads(done.stdout)
    assert Path(answer["page"]) == out / "index.html"
    page = check(out / "index.html")
    assert "notes per bar" in page.text
    assert "Distance from the reference" not in page.text, "nothing was named to compare with"
    assert not (out / "band.csv").exists()
    assert "--against" in answer["findings"][0]


def test_repeats_are_played_out_before_files_are_measured(tmp_path: Path) -> None:
    (tmp_path / "a.abc").write_text("X:1\nT:a\nM:4/4\nL:1/4\nK:C\n|:CDEF|GABc:|\n")
    assert measure_files([tmp_path / "a.abc"]).features.metrics["notes"].tolist() == [16]


def test_numbers_are_written_as_they_are() -> None:
    assert csv_text(("a", "b"), [(1, 0.5), ("x,y", float("nan")), (None, 1e-9)]) == 'a,b\n1,0.5\n"x,y",\n,1e-09\n'
    assert [number(value) for value in (None, float("nan"), 0.12345, 12345.6, 0.0)] == [
        "-",
        "-",
        "0.123",
        "12,346",
        "0",
    ]
