"""The gallery: every seed in order, nothing chosen, everything told, and the same bytes again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.errors import BadInput, UsageError
from etude.lab.gallery import Ask, gallery
from etude.lab.gallery.exhibit import exhibit
from etude.lab.gallery.judges import judge_for
from etude.lab.gallery.page import CUT, model_page
from etude.lab.gallery.writing import ENGRAVED, hang, keep_record
from etude.lab.loading import load
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.score import Metadata
from etude.testing.scores import random_score

QUIET = Ask(count=2, sound=False)


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def addresses(self) -> list[str]:
        return [str(told[key]) for _, told in self.tags for key in ("src", "href") if key in told]


@pytest.fixture(scope="module")
def made(counted: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of two pieces, without sound."""
    out = tmp_path_factory.mktemp("docs") / "gallery"
    gallery([str(counted.folder)], out, QUIET, command="etude gallery <x>")
    return out


@pytest.fixture(scope="module")
def record(made: Path) -> dict[str, Any]:
    page: dict[str, Any] = json.loads((made / "counted" / "pieces.json").read_text())
    return page


def test_the_seeds_come_in_order_and_none_is_missing(record: dict[str, Any]) -> None:
    assert [piece["seed"] for piece in record["pieces"]] == [0, 1]
    for number, piece in enumerate(record["pieces"]):
        assert piece["files"][:2] == [f"{number:02d}.mid", f"{number:02d}.abc"]
        assert {"notes", "bits_per_note", "measures", "originality", "ended", "reproduce"} <= set(piece)
        assert piece["bits_per_note"] > 0
    assert record["collection"]
    assert len(record["band"]) > 10


def test_all_files_are_there_and_the_pages_name_nothing_else(made: Path, record: dict[str, Any]) -> None:
    for piece in record["pieces"]:
        assert all((made / "counted" / name).is_file() for name in piece["files"])
        assert sum(name.endswith(".sheet.svg") for name in piece["files"]) == 1
    for name in ("index.html", "counted.html"):
        page = Page(made / name)
        assert not {tag for tag, _ in page.tags} & {"script", "iframe", "link"}
        for address in page.addresses:
            assert (made / address).is_file() or address.endswith(".wav"), address
        assert all(told.get("alt") for tag, told in page.tags if tag == "img")
        assert "etude gallery <x>" in page.text
    assert f"etude render {(made / 'counted').as_posix()}/*.mid --format wav" in Page(made / "counted.html").text
    assert not list(made.rglob("*.wav"))


def test_every_piece_is_made_again_from_its_line(made: Path, record: dict[str, Any]) -> None:
    for piece in record["pieces"]:
        for name in piece["files"]:
            if name.endswith((".mid", ".abc", ".png")):
                again = rerun(made / "counted" / name)
                assert again.same, (name, again.differences)


def test_the_same_command_makes_the_same_bytes(counted: Run, made: Path) -> None:
    """A gallery is made over an older one of more pieces, whose files go."""
    before = {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    stale = made / "counted" / "07.mid"
    page = json.loads((made / "counted" / "pieces.json").read_text())
    page["pieces"].append({"files": ["07.mid", "../index.html"]})
    (made / "counted" / "pieces.json").write_text(json.dumps(page))
    stale.write_bytes(b"old")
    (made / "counted" / "mine.txt").write_text("keep")
    gallery([str(counted.folder)], made, QUIET, command="etude gallery <x>")
    assert not stale.exists()
    assert (made / "counted" / "mine.txt").read_text() == "keep"
    (made / "counted" / "mine.txt").unlink()
    assert {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_a_piece_that_did_not_end_is_shown_and_marked(counted: Run, tmp_path: Path) -> None:
    found = exhibit(load(counted.folder), 1, "nobody")
    shown = found.shown[0]
    cut = replace(shown, piece=replace(shown.piece, ended=False))
    for one, marks in ((shown, 0), (cut, 1)):
        hung = [hang(one, tmp_path / "counted", sound=False, soundfont=None)]
        assert model_page(replace(found, shown=[one]), hung, tmp_path, "").count(CUT) == marks
    assert "nobody" in model_page(found, [], tmp_path, "")


def test_a_kind_that_cannot_be_written_is_told(counted: Run, tmp_path: Path) -> None:
    found = replace(exhibit(load(counted.folder), 1, ""), name="long")
    long = replace(random_score(1, notes=ENGRAVED + 1, tracks=1), meta=Metadata(title="<i>long</i>"))
    shown = replace(found.shown[0], piece=replace(found.shown[0].piece, score=long))
    hung = hang(shown, tmp_path / "long", sound=False, soundfont=None)
    assert "sheet" in hung.missing
    keep_record(replace(found, shown=[shown]), [hung], tmp_path / "long")
    page = model_page(replace(found, shown=[shown]), [hung], tmp_path, "")
    assert "The sheet: left out, for 3,001 notes" in page
    assert "<i>long" not in page
    assert json.loads((tmp_path / "long" / "pieces.json").read_text())["pieces"][0]["missing"]["sheet"]


def test_links_to_records_and_cards_stand_only_where_these_are(counted: Run, made: Path) -> None:
    assert "../results.md" not in (made / "index.html").read_text()
    from etude.lab.gallery.index import index_page

    found = exhibit(load(counted.folder), 1, "")
    (made.parent / "results.md").write_text("x")
    (made.parent / "models").mkdir()
    (made.parent / "models" / "counted.md").write_text("x")
    page = index_page([found], made, "")
    (made.parent / "results.md").unlink()
    shutil.rmtree(made.parent / "models")
    assert "href='../results.md'" in page
    assert "href='../models/counted.md'" in page


def test_the_critic_is_that_of_the_collection(counted: Run, tmp_path: Path) -> None:
    why = judge_for(load(counted.folder), [])
    assert "no critic here" in str(why)
    with pytest.raises(BadInput):
        judge_for(load(counted.folder), [str(tmp_path)])


def test_odd_wishes(counted: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_BUNDLED", str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="none was named"):
        gallery([], tmp_path)
    with pytest.raises(UsageError, match="Two pages"):
        gallery([str(counted.folder)] * 2, tmp_path)
    done = CliRunner().invoke(cli, ["gallery", "no-such-model", "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, BadInput)
    assert not (tmp_path / "out").exists()
